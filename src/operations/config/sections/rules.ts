import { z } from 'zod';
import {
  techniqueSpecSchema,
  techniqueSpecVariants,
} from '../../../anonymization/rules/technique-spec.ts';
import { specWith } from './spec-with.ts';
import type { Rules, RuleLayer } from '../../../anonymization/rules/rules.ts';
import type { ConfigWarning } from '../loaded-config.ts';

/**
 * Techniques of the design that this version doesn't have yet. A tag may name them, so that one file serves several versions: the tag then has
 * no rule, and every schema that carries it is refused. Anywhere else they are unknown words, since leaving out a nearer rule
 * would let a farther, weaker one decide.
 */
const planned = [
  'fpe',
  'redact-text',
  'regex-replace',
  'fake',
  'geo-round',
  'top-bottom-code',
  'hierarchy',
  'noise',
  'ip-prefix-preserving',
] as const;

const available: readonly string[] = techniqueSpecVariants.map(
  (variant) => variant.shape.technique.value,
);

const plannedSchema = z
  .looseObject({ technique: z.enum(planned.filter((name) => !available.includes(name))) })
  .transform(() => null)
  .describe('Not available yet: schemas that carry the tag are refused');

const tagName = z.string().min(1).max(256);
const fields = z
  .record(
    z.string().min(1).max(1024),
    specWith({
      optional: z.boolean().default(false).describe('A pattern that matches no leaf is no error'),
    }),
  )
  .default({})
  .describe('Field path or glob → technique');

/** `rules`: what the operator decides for all routes. */
export const rulesSchema = z
  .strictObject({
    unclassified: z
      .enum(['refuse', 'suppress'], {
        error: 'write refuse or suppress; pass is possible only in the rules of one route',
      })
      .default('refuse')
      .describe('What happens to a leaf that nobody classified'),
    precedence: z
      .array(tagName)
      .max(1000)
      .default([])
      .describe('Tags in falling precedence, for leaves that carry several'),
    inlineTechniques: z
      .enum(['allow', 'forbid'])
      .default('allow')
      .describe('Whether the owner of a schema may name techniques in annotations'),
    tags: z
      .record(tagName, z.discriminatedUnion('technique', [techniqueSpecSchema, plannedSchema]))
      .default({})
      .describe('Tag → technique'),
    fields,
  })
  .describe('What is done to classified fields');

/** `routes[].rules`: what one route decides differently; it comes before the rules for all. */
export const routeRulesSchema = z
  .strictObject({
    unclassified: z
      .enum(['refuse', 'suppress', 'pass'])
      .optional()
      .describe('pass lets unclassified leaves through, with a warning at each start'),
    precedence: z.array(tagName).max(1000).optional().describe('Replaces the precedence for all'),
    inlineTechniques: z.enum(['allow', 'forbid']).optional().describe('Replaces the word for all'),
    tags: z.record(tagName, techniqueSpecSchema).default({}).describe('Tag → technique'),
    fields,
  })
  .describe('Rules of this route alone');

export type RulesSection = z.output<typeof rulesSchema>;
export type RouteRulesSection = z.output<typeof routeRulesSchema>;

/** The rules of one route: its own layer above the one for all. */
export function fillRules(all: RulesSection, own: RouteRulesSection): Rules {
  return {
    unclassified: own.unclassified ?? all.unclassified,
    precedence: own.precedence ?? all.precedence,
    inlineTechniques: own.inlineTechniques ?? all.inlineTechniques,
    global: layer(all),
    route: layer(own),
  };
}

/** One warning for each tag whose technique this version doesn't have. */
export function warnOfPlanned(all: RulesSection): readonly ConfigWarning[] {
  return Object.entries(all.tags)
    .filter(([, spec]) => spec === null)
    .map(([tag]) => ({
      path: `rules.tags.${tag}`,
      message: `The technique of tag "${tag}" is not available in this version: schemas that carry the tag are refused`,
    }));
}

function layer(section: Pick<RulesSection, 'tags' | 'fields'>): RuleLayer {
  const tags = new Map<string, NonNullable<RulesSection['tags'][string]>>();
  for (const [tag, spec] of Object.entries(section.tags)) if (spec !== null) tags.set(tag, spec);
  return {
    tags,
    fields: Object.entries(section.fields).map(([pattern, { spec, extra }]) => ({
      pattern,
      spec,
      optional: extra.optional,
    })),
  };
}
