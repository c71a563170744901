import { shapeOf } from '../schema/tree.ts';
import type { PlanStep } from './plan.ts';
import type { PlanProblem } from './plan-refused.ts';
import type { Walked } from './walk.ts';

/**
 * Finds the steps that others are keyed by: `subject` of `shift-date` is the path of a leaf that every record holds at most once.
 */
export function linkCompanions(
  walked: Walked,
  report: (problem: PlanProblem) => void,
): readonly PlanStep[] {
  const byPath = new Map(walked.steps.map((step, index) => [step.path, index]));
  return walked.steps.map((step) => {
    if (step.technique.technique !== 'shift-date' || step.technique.subject === undefined)
      return step;
    const { subject } = step.technique;
    const refuse = (code: PlanProblem['code'], message: string): PlanStep => {
      report({ code, path: step.path, message });
      return step;
    };
    const companion = byPath.get(subject);
    const found = companion === undefined ? undefined : walked.steps[companion];
    if (companion === undefined || found === undefined)
      return refuse(
        'COMPANION_UNKNOWN',
        `correct the subject "${subject}": the schema has no such leaf`,
      );
    if (walked.repeating.has(companion))
      return refuse(
        'COMPANION_REPEATS',
        `choose another subject than "${subject}": a record may hold it more than once`,
      );
    if (walked.removed.has(companion))
      return refuse(
        'COMPANION_REMOVED',
        `keep the field of the subject "${subject}": it is removed`,
      );
    if (shapeOf(found.input) === 'real' || found === step)
      return refuse(
        'COMPANION_UNSUITABLE',
        `choose a subject that identifies: "${subject}" does not`,
      );
    return { ...step, companion };
  });
}
