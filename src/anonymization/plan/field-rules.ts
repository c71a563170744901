import {
  advance,
  matches,
  startStates,
  type PatternSet,
  type PatternStates,
} from '../schema/glob.ts';
import { parsePath, type PatternSegment, type Segment } from '../schema/path.ts';
import type { FieldRule, RuleLayer } from '../rules/rules.ts';
import type { PlanProblem } from './plan-refused.ts';

/** The field rules of one layer as an automaton, and which of them have matched a leaf. */
export class FieldRules {
  readonly #rules: readonly FieldRule[];
  readonly #set: PatternSet;
  readonly #used = new Set<number>();
  readonly #containers = new Set<number>();

  constructor(layer: RuleLayer, report: (problem: PlanProblem) => void) {
    const patterns: (readonly PatternSegment[])[] = [];
    const rules: FieldRule[] = [];
    for (const rule of layer.fields) {
      const parsed = parsePath(rule.pattern);
      if (parsed.ok) {
        patterns.push(parsed.segments);
        rules.push(rule);
      } else
        report({
          code: 'FIELD_RULE_INVALID',
          path: rule.pattern,
          message: `correct the path pattern at character ${parsed.position + 1}: write names joined by dots, [] {} {key} <Branch>, * or **`,
        });
    }
    this.#rules = rules;
    this.#set = { patterns };
  }

  start(): PatternStates {
    return startStates(this.#set);
  }

  advance(states: PatternStates, segment: Segment): PatternStates {
    return advance(this.#set, states, segment);
  }

  /** The rules that decide a leaf: exact paths before globs, globs before the bare `**`. Several only where they tie. */
  decide(states: PatternStates): readonly FieldRule[] {
    const found = matches(this.#set, states).map((index) => {
      this.#used.add(index);
      return { rule: this.#rules[index]!, rank: rankOf(this.#set.patterns[index]!) };
    });
    const best = Math.max(...found.map(({ rank }) => rank));
    return found.filter(({ rank }) => rank === best).map(({ rule }) => rule);
  }

  /** Notes patterns that end at a container, to explain why they match no leaf. */
  noteContainer(states: PatternStates): void {
    for (const index of matches(this.#set, states)) this.#containers.add(index);
  }

  /** Every pattern must match a leaf, unless it is optional. */
  reportUnmatched(report: (problem: PlanProblem) => void): void {
    for (const [index, rule] of this.#rules.entries()) {
      if (rule.optional || this.#used.has(index)) continue;
      const remedy = this.#containers.has(index)
        ? `it names a container, so write "${rule.pattern}.**" for all that is below`
        : 'correct it, or mark it `optional: true`';
      report({
        code: 'FIELD_RULE_UNMATCHED',
        path: rule.pattern,
        message: `the field rule "${rule.pattern}" matches no leaf of the schema: ${remedy}`,
      });
    }
  }
}

function rankOf(pattern: readonly PatternSegment[]): number {
  if (pattern.length === 1 && pattern[0]?.kind === 'any-number') return 0;
  return pattern.some(({ kind }) => kind === 'any-number' || kind === 'any-field') ? 1 : 2;
}
