import { z } from 'zod';
import {
  joinRules,
  routeRulesSchema,
  rulesSchema as availableRulesSchema,
} from '../../../anonymization/rules/parse-rules.ts';
import {
  techniqueSpecSchema,
  techniqueSpecVariants,
} from '../../../anonymization/rules/technique-spec.ts';
import type { RouteRulesSection } from '../../../anonymization/rules/parse-rules.ts';
import type { Rules } from '../../../anonymization/rules/rules.ts';
import type { TechniqueSpec } from '../../../anonymization/rules/technique-spec.ts';
import type { ConfigWarning } from '../loaded-config.ts';

/**
 * Techniques of the design that this version doesn't have yet. A tag for all routes may name them, so that one file serves several versions: the
 * tag then has no rule, and every schema that carries it is refused. Anywhere else they are unknown words, since leaving out a nearer
 * rule would let a farther, weaker one decide.
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

/** `rules`: what the operator decides for all routes. */
export const rulesSchema = availableRulesSchema
  .extend({
    unclassified: z
      .enum(['refuse', 'suppress'], {
        error: 'write refuse or suppress; pass is possible only in the rules of one route',
      })
      .default('refuse')
      .describe('What happens to a leaf that nobody classified'),
    tags: z
      .record(
        z.string().min(1).max(256),
        z.discriminatedUnion('technique', [techniqueSpecSchema, plannedSchema]),
      )
      .default({})
      .describe('Tag → technique'),
  })
  .describe('What is done to classified fields');

export type RulesSection = z.output<typeof rulesSchema>;

/** `routes[].rules`: what one route decides differently; it comes before the rules for all. */
export const ownRulesSchema = routeRulesSchema.describe('Rules of this route alone');

/** The rules of one route: its own layer above the one for all. */
export function fillRules(all: RulesSection, own: RouteRulesSection): Rules {
  const tags: Record<string, TechniqueSpec> = {};
  for (const [tag, spec] of Object.entries(all.tags)) if (spec !== null) tags[tag] = spec;
  return joinRules({ ...all, tags }, own);
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
