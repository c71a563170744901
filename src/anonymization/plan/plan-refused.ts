import { LetheError, type Problem } from '../../foundation/errors.ts';
import type { SchemaErrorCode } from '../schema/schema-error.ts';

/** Every reason why a schema gets no plan. */
export type PlanProblemCode =
  | SchemaErrorCode
  | 'FORMAT_UNSUPPORTED'
  | 'MARK_INVALID'
  | 'MARK_CONFLICT'
  | 'MARK_UNMATCHED'
  | 'LEAF_UNCLASSIFIED'
  | 'TAG_WITHOUT_RULE'
  | 'TECHNIQUE_CONFLICT'
  | 'TECHNIQUE_NOT_APPLICABLE'
  | 'INLINE_TECHNIQUE_INVALID'
  | 'INLINE_TECHNIQUE_FORBIDDEN'
  | 'FIELD_RULE_INVALID'
  | 'FIELD_RULE_UNMATCHED'
  | 'UNION_TYPES_COLLIDE'
  | 'COMPANION_UNKNOWN'
  | 'COMPANION_REPEATS'
  | 'COMPANION_REMOVED'
  | 'COMPANION_UNSUITABLE'
  | 'PLAN_TOO_LARGE'
  | 'OUTPUT_SCHEMA_UNREPRESENTABLE';

export type PlanProblem = Problem<PlanProblemCode>;

/** No plan: a plan is total or does not exist. `problems` lists every reason found, each with the path of the leaf. */
export class PlanRefused extends LetheError<'PLAN_REFUSED'> {
  constructor(problems: readonly PlanProblem[], cause?: unknown) {
    const [first] = problems;
    const where = first === undefined || first.path === '' ? '' : ` at ${first.path}`;
    const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super(
      'PLAN_REFUSED',
      `mend the schema or the rules: ${first?.code ?? 'PLAN_REFUSED'}${where}: ${first?.message ?? ''}${rest}`,
      { problems, cause },
    );
  }
}

/** Collects reasons; the same reason at the same path is kept once. */
export class PlanProblems {
  readonly #problems = new Map<string, PlanProblem>();

  readonly report = (problem: PlanProblem): void => {
    this.#problems.set(`${problem.code} ${problem.path} ${problem.message}`, problem);
  };

  /** @throws PlanRefused when anything was reported. */
  refuseIfAny(): void {
    if (this.#problems.size > 0) throw new PlanRefused([...this.#problems.values()]);
  }
}
