import { canonicalJson } from '../../foundation/canonical-json.ts';
import type { Plan, PlanStep } from './plan.ts';

/** One path that two plans treat differently. */
export type PlanChange =
  | { readonly change: 'added'; readonly path: string; readonly after: PlanStep }
  | { readonly change: 'removed'; readonly path: string; readonly before: PlanStep }
  | {
      readonly change: 'changed';
      readonly path: string;
      readonly before: PlanStep;
      readonly after: PlanStep;
      /** What differs: the members of the step. */
      readonly members: readonly (keyof PlanStep)[];
    };

/** What differs between two plans, in the order of the later plan, removed paths last. Equal digests give an empty list. */
export function diffPlans(before: Plan, after: Plan): readonly PlanChange[] {
  const old = new Map(before.steps.map((step) => [step.path, step]));
  const changes: PlanChange[] = [];
  for (const step of after.steps) {
    const former = old.get(step.path);
    old.delete(step.path);
    if (former === undefined) changes.push({ change: 'added', path: step.path, after: step });
    else {
      const members = differing(before, former, after, step);
      if (members.length > 0)
        changes.push({ change: 'changed', path: step.path, before: former, after: step, members });
    }
  }
  for (const [path, step] of old) changes.push({ change: 'removed', path, before: step });
  return changes;
}

const compared = [
  'input',
  'output',
  'technique',
  'domain',
  'deterministic',
  'reversible',
  'why',
] as const;

function differing(
  before: Plan,
  former: PlanStep,
  after: Plan,
  step: PlanStep,
): readonly (keyof PlanStep)[] {
  const members: (keyof PlanStep)[] = compared.filter(
    (member) => canonicalJson(former[member]) !== canonicalJson(step[member]),
  );
  // Companions are indices, which other steps may shift: what counts is the path.
  if (before.steps[former.companion]?.path !== after.steps[step.companion]?.path)
    members.push('companion');
  return members;
}

/** The changes as lines for a terminal: `+` added, `-` removed, `~` changed. */
export function renderDiff(changes: readonly PlanChange[]): string {
  if (changes.length === 0) return 'no difference';
  return changes
    .map((change) => {
      switch (change.change) {
        case 'added':
          return `+ ${change.path}: ${technique(change.after)}`;
        case 'removed':
          return `- ${change.path}: ${technique(change.before)}`;
        case 'changed':
          return `~ ${change.path}: ${technique(change.before)} → ${technique(change.after)} (${change.members.join(', ')})`;
      }
    })
    .join('\n');
}

function technique({ technique: { technique: name, ...parameters } }: PlanStep): string {
  return Object.keys(parameters).length === 0 ? name : `${name} ${canonicalJson(parameters)}`;
}
