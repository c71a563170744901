/**
 * The `rules` section of the operator's file. The schema below is embedded in the configuration; a route may override it in part.
 */
import { z } from 'zod';
import { LetheError, type Problem } from '../../foundation/errors.ts';
import { parsePath } from '../schema/path.ts';
import type { FieldRule, RuleLayer, Rules, Unclassified } from './rules.ts';
import {
  techniqueSpecSchema,
  techniqueSpecVariants,
  type TechniqueSpec,
} from './technique-spec.ts';

const unclassified = z
  .enum(['refuse', 'suppress', 'pass'])
  .describe('What happens to a leaf that nobody classified');

const tags = z.record(z.string().min(1).max(256), techniqueSpecSchema).describe('Tag → technique');

type FieldVariants = readonly [z.ZodObject, ...z.ZodObject[]];

/** A technique with `optional` beside it. */
const fieldRuleSchema = z
  .discriminatedUnion('technique', [
    ...(techniqueSpecVariants as unknown as FieldVariants).map((variant) =>
      variant.extend({
        optional: z
          .boolean()
          .default(false)
          .describe('Do not refuse a schema in which the path matches nothing'),
      }),
    ),
  ] as unknown as FieldVariants)
  .transform((rule) => rule as unknown as TechniqueSpec & { readonly optional: boolean });

const fields = z
  .record(
    z
      .string()
      .refine((pattern) => parsePath(pattern).ok, 'write a path, as address.street or items[].*'),
    fieldRuleSchema,
  )
  .describe('Path or glob → technique: `*` is one field, `**` any number of segments');

/** The `rules` section. Embedded by the configuration schema. */
export const rulesSchema = z.strictObject({
  unclassified: unclassified.default('refuse'),
  precedence: z
    .array(z.string().min(1))
    .default([])
    .describe('Tags in falling precedence, for leaves that carry several'),
  inlineTechniques: z
    .enum(['allow', 'forbid'])
    .default('allow')
    .describe('Whether the owner of a schema may name techniques in annotations'),
  tags: tags.default({}),
  fields: fields.default({}),
});

/** The `rules` section of a route: what it says beats the global section. */
export const routeRulesSchema = z.strictObject({
  unclassified: unclassified.optional(),
  precedence: z.array(z.string().min(1)).optional(),
  tags: tags.default({}),
  fields: fields.default({}),
});

export type RulesSection = z.output<typeof rulesSchema>;
export type RouteRulesSection = z.output<typeof routeRulesSchema>;

/** Rules that can't be read; `problems` lists every one with its path in the file. */
export class RulesError extends LetheError<'RULES_INVALID'> {
  constructor(problems: readonly Problem<'RULES_INVALID'>[]) {
    const [first] = problems;
    super('RULES_INVALID', `correct the rules at ${first?.path ?? ''}: ${first?.message ?? ''}`, {
      problems,
    });
  }
}

/**
 * Reads rules from parsed YAML or JSON: a whole configuration file (its `rules` member is taken, other members are not looked at) or
 * the section alone.
 *
 * @throws RulesError `RULES_INVALID` with all problems at once.
 */
export function parseRules(value: unknown, route?: unknown): Rules {
  const problems: Problem<'RULES_INVALID'>[] = [];
  const read = <Output>(
    schema: z.ZodType<Output>,
    part: unknown,
    at: string,
  ): Output | undefined => {
    const result = schema.safeParse(part);
    if (result.success) return result.data;
    problems.push(...result.error.issues.map((issue) => problemOf(issue, at)));
    return undefined;
  };
  const global = read(rulesSchema, sectionOf(value), 'rules');
  const own = read(routeRulesSchema, route ?? {}, 'route.rules');
  if (global === undefined || own === undefined) throw new RulesError(problems);
  return joinRules(global, own);
}

/** The global section and a route's own as one value. */
export function joinRules(global: RulesSection, route?: RouteRulesSection): Rules {
  const decided: Unclassified = route?.unclassified ?? global.unclassified;
  return {
    unclassified: decided,
    precedence: route?.precedence ?? global.precedence,
    inlineTechniques: global.inlineTechniques,
    global: layerOf(global),
    route: route === undefined ? { tags: new Map(), fields: [] } : layerOf(route),
  };
}

function layerOf(section: Pick<RulesSection, 'tags' | 'fields'>): RuleLayer {
  return {
    tags: new Map(Object.entries(section.tags)),
    fields: Object.entries(section.fields).map(([pattern, rule]): FieldRule => {
      const { optional, ...spec } = rule;
      return { pattern, spec, optional };
    }),
  };
}

function sectionOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? {};
  return 'rules' in value ? (value.rules ?? {}) : value;
}

function problemOf(issue: z.core.$ZodIssue, at: string): Problem<'RULES_INVALID'> {
  const path = [at, ...issue.path.map(String)].join('.');
  return { code: 'RULES_INVALID', path, message: issue.message };
}
