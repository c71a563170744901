import { joinDialects, type Inherited } from '../annotations/inherit.ts';
import type { FieldRule, Rules } from '../rules/rules.ts';
import type { TechniqueSpec } from '../rules/technique-spec.ts';
import type { LeafType } from '../schema/tree.ts';
import { check } from '../techniques/catalogue.ts';
import { resolveSuppress } from '../techniques/suppress.ts';
import { decide } from './decide.ts';
import { withDomain } from './domain.ts';
import { hiddenOutput } from './hidden-output.ts';
import type { PlanStep } from './plan.ts';
import type { PlanProblems } from './plan-refused.ts';

/** A leaf as the walk meets it. */
export interface MetLeaf {
  readonly path: string;
  readonly input: LeafType;
  /** Whether a union with null is right around. */
  readonly nullable: boolean;
  readonly marks: Inherited;
  readonly routeFields: readonly FieldRule[];
  readonly globalFields: readonly FieldRule[];
}

/** The steps of a plan as they are decided, in the order of the walk. */
export class StepTable {
  readonly #rules: Rules;
  readonly #problems: PlanProblems;
  readonly #scope: string;
  readonly #steps: PlanStep[] = [];
  readonly #sharedDomains = new Set<number>();

  /** `scope` makes default domains unique to the schema. */
  constructor(options: {
    readonly rules: Rules;
    readonly problems: PlanProblems;
    readonly scope: string;
  }) {
    this.#rules = options.rules;
    this.#problems = options.problems;
    this.#scope = options.scope;
  }

  get count(): number {
    return this.#steps.length;
  }

  get steps(): readonly PlanStep[] {
    return this.#steps;
  }

  /** Steps whose domain somebody named, so that it may be shown. */
  get sharedDomains(): ReadonlySet<number> {
    return this.#sharedDomains;
  }

  at(index: number): PlanStep | undefined {
    return this.#steps[index];
  }

  /**
   * Decides a leaf and adds its step; a leaf that can't be decided gets a stand-in, since the plan is refused anyway. `removes`: the
   * technique takes the field out.
   */
  add(leaf: MetLeaf): { readonly removes: boolean } {
    const { path, input, nullable } = leaf;
    const { report } = this.#problems;
    const marks = joinDialects(leaf.marks, path, report);
    const decision = decide({ ...leaf, marks }, this.#rules, report);
    if (decision === undefined) return this.#standIn(path, input);
    const spec = settle(decision.spec, input, nullable);
    const effect = check(spec, input, nullable);
    const refuse = (message: string): void =>
      report({ code: 'TECHNIQUE_NOT_APPLICABLE', path, message });
    if (!('output' in effect)) {
      for (const { message } of effect) refuse(message);
      return this.#standIn(path, input);
    }
    if (effect.nullable && !nullable)
      refuse(`put null into a union with the field: "${spec.technique}" may write null`);
    const keyed = withDomain(spec, this.#scope, path);
    if (keyed.shared) this.#sharedDomains.add(this.count);
    this.#steps.push({
      path,
      input,
      output: hiddenOutput(keyed.spec, effect.output),
      technique: keyed.spec,
      domain: keyed.domain,
      companion: -1,
      deterministic: effect.deterministic,
      reversible: effect.reversible,
      why: decision.why,
    });
    return { removes: effect.removes };
  }

  /** Refuses removals that no field could take. */
  refuseRemoval(steps: readonly number[]): void {
    for (const step of steps)
      this.#problems.report({
        code: 'TECHNIQUE_NOT_APPLICABLE',
        path: this.#steps[step]!.path,
        message:
          'use another `as`: only a whole record field can be removed, with all that is below it',
      });
  }

  #standIn(path: string, input: LeafType): { readonly removes: boolean } {
    this.#steps.push({
      path,
      input,
      output: input,
      technique: { technique: 'suppress' },
      domain: '',
      companion: -1,
      deterministic: true,
      reversible: false,
      why: { rule: 'unclassified', match: '', sources: [] },
    });
    return { removes: false };
  }
}

/** Fills in what a rule left open and the leaf decides. */
function settle(spec: TechniqueSpec, input: LeafType, nullable: boolean): TechniqueSpec {
  if (spec.technique !== 'suppress') return spec;
  // An enum has no empty value. Its output type has a single symbol, so the first index says nothing either.
  if (spec.as === undefined && input.kind === 'enum' && !nullable)
    return { ...spec, as: 'default' };
  return resolveSuppress(spec, nullable);
}
