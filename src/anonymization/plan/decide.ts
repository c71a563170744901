/** Which technique a leaf gets: the order of precedence, in the order of the code. */
import { canonicalJson } from '../../foundation/canonical-json.ts';
import type { LeafMarks } from '../annotations/inherit.ts';
import type { FieldRule, Rules } from '../rules/rules.ts';
import { techniqueSpecSchema, type TechniqueSpec } from '../rules/technique-spec.ts';
import type { Reason } from './plan.ts';
import type { PlanProblem } from './plan-refused.ts';

export interface Decision {
  readonly spec: TechniqueSpec;
  readonly why: Reason;
}

/** What is known about a leaf when it is decided. */
export interface LeafFacts {
  readonly path: string;
  readonly marks: LeafMarks;
  readonly routeFields: readonly FieldRule[];
  readonly globalFields: readonly FieldRule[];
}

type Report = (problem: PlanProblem) => void;

/**
 * Route field > route tag > global field > global tag > inline technique of the owner > public > unclassified. Returns `undefined`
 * after reporting why no decision is possible.
 */
export function decide(leaf: LeafFacts, rules: Rules, report: Report): Decision | undefined {
  if (!everyTagHasRule(leaf, rules, report)) return undefined;
  if (leaf.routeFields.length > 0)
    return decideByField('route field', leaf.routeFields, leaf, report);
  if (leaf.marks.tags.some((tag) => rules.route.tags.has(tag)))
    return decideByTag(leaf, rules, report);
  if (leaf.globalFields.length > 0)
    return decideByField('global field', leaf.globalFields, leaf, report);
  if (ruledTags(leaf, rules).length > 0) return decideByTag(leaf, rules, report);
  if (leaf.marks.technique !== undefined) return decideInline(leaf, rules, report);
  if (leaf.marks.public !== null)
    return { spec: { technique: 'keep' }, why: because('public', '', leaf) };
  return decideUnclassified(leaf, rules, report);
}

/**
 * A tag without a rule is refused, so that a misspelt one never passes; a technique that the owner names in the same mark may stand in
 * for the rule.
 */
function everyTagHasRule({ path, marks }: LeafFacts, rules: Rules, report: Report): boolean {
  const covered = rules.inlineTechniques === 'allow' ? marks.techniqueTags : [];
  const missing = marks.tags.filter(
    (tag) => !rules.route.tags.has(tag) && !rules.global.tags.has(tag) && !covered.includes(tag),
  );
  if (missing.length === 0) return true;
  for (const tag of missing)
    report({
      code: 'TAG_WITHOUT_RULE',
      path,
      message: `add a rule for the tag "${tag}" or correct the annotation: ${marks.sources.join(', ')}`,
    });
  return false;
}

function decideByField(
  rule: 'route field' | 'global field',
  candidates: readonly FieldRule[],
  leaf: LeafFacts,
  report: Report,
): Decision | undefined {
  if (distinct(candidates.map(({ spec }) => spec)) === 1) {
    const { spec, pattern } = candidates[0]!;
    return { spec, why: because(rule, pattern, leaf) };
  }
  report({
    code: 'TECHNIQUE_CONFLICT',
    path: leaf.path,
    message: `add a rule for the exact path "${leaf.path}": the patterns ${quoted(candidates.map(({ pattern }) => pattern))} name different techniques`,
  });
  return undefined;
}

function decideByTag(leaf: LeafFacts, rules: Rules, report: Report): Decision | undefined {
  const candidates = ruledTags(leaf, rules);
  const chosen =
    distinct(candidates.map(({ spec }) => spec)) === 1
      ? candidates[0]
      : candidates.every(({ tag }) => rules.precedence.includes(tag))
        ? candidates.toSorted(
            (one, other) => rules.precedence.indexOf(one.tag) - rules.precedence.indexOf(other.tag),
          )[0]
        : undefined;
  if (chosen === undefined) {
    report({
      code: 'TECHNIQUE_CONFLICT',
      path: leaf.path,
      message: `order the tags ${quoted(candidates.map(({ tag }) => tag))} in \`precedence\`: their rules name different techniques (${leaf.marks.sources.join(', ')})`,
    });
    return undefined;
  }
  return { spec: chosen.spec, why: because(chosen.rule, chosen.tag, leaf) };
}

interface RuledTag {
  readonly tag: string;
  readonly rule: 'route tag' | 'global tag';
  readonly spec: TechniqueSpec;
}

/** The tags of the leaf that have a rule; the route's own rule for a tag replaces the global one. */
function ruledTags({ marks }: LeafFacts, rules: Rules): readonly RuledTag[] {
  return marks.tags.flatMap((tag): RuledTag[] => {
    const route = rules.route.tags.get(tag);
    if (route !== undefined) return [{ tag, rule: 'route tag', spec: route }];
    const global = rules.global.tags.get(tag);
    return global === undefined ? [] : [{ tag, rule: 'global tag', spec: global }];
  });
}

function decideInline(leaf: LeafFacts, rules: Rules, report: Report): Decision | undefined {
  if (rules.inlineTechniques === 'forbid') {
    report({
      code: 'INLINE_TECHNIQUE_FORBIDDEN',
      path: leaf.path,
      message:
        'add a tag or a field rule: only the owner names a technique here, and the rules forbid that',
    });
    return undefined;
  }
  const parsed = techniqueSpecSchema.safeParse(leaf.marks.technique);
  if (parsed.success) return { spec: parsed.data, why: because('inline technique', '', leaf) };
  report({
    code: 'INLINE_TECHNIQUE_INVALID',
    path: leaf.path,
    message: `correct the technique in the annotation: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`,
  });
  return undefined;
}

function decideUnclassified(leaf: LeafFacts, rules: Rules, report: Report): Decision | undefined {
  const why = because('unclassified', rules.unclassified, leaf);
  switch (rules.unclassified) {
    case 'pass':
      return { spec: { technique: 'keep' }, why };
    case 'suppress':
      return { spec: { technique: 'suppress' }, why };
    case 'refuse':
      report({
        code: 'LEAF_UNCLASSIFIED',
        path: leaf.path,
        message: `tag the field "${leaf.path}" in the schema, or add a field rule for it`,
      });
      return undefined;
  }
}

function because(rule: Reason['rule'], match: string, { marks }: LeafFacts): Reason {
  return { rule, match, sources: marks.sources };
}

function distinct(specs: readonly TechniqueSpec[]): number {
  return new Set(specs.map(canonicalJson)).size;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}
