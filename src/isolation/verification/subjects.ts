/** Whose connections are examined in full, and how bad an undeclared one is. */
import { holdsRaw } from '../topology/flow-scene.ts';
import type { Severity } from '../findings/finding.ts';
import type { Direction } from '../reachability/rules.ts';
import type { Actor, Scene } from './scene.ts';

/** What an actor is to raw records. */
export type Standing = 'anonymizer' | 'raw broker' | 'broker' | 'other';

/** What an actor is to raw records; the gravest counts where it is several parties. */
export function standingOf(scene: Scene, actor: Actor): Standing {
  if (actor.parties.includes('anonymizer')) return 'anonymizer';
  const brokers = actor.parties.flatMap((id) => scene.brokers.get(id) ?? []);
  if (brokers.some(holdsRaw)) return 'raw broker';
  return brokers.length > 0 ? 'broker' : 'other';
}

/**
 * Actors whose every connection must be declared: the anonymizer, raw brokers, everybody in the scope, and a pod without labels in each namespace
 * of the scope. Ranges outside are nobody's to fence.
 */
export function subjectsOf(scene: Scene): readonly Actor[] {
  const scope = new Set(scene.input.flows.scope);
  return scene.actors.filter((actor) => {
    const { workload, presence } = actor;
    if (workload === undefined || presence === 'anywhere') return false;
    if (scope.has(workload.namespace)) return presence !== 'somewhere' || isPlain(actor);
    return ['anonymizer', 'raw broker'].includes(standingOf(scene, actor));
  });
}

/** Whether it is a pod that anybody may start in its namespace, without labels that choose it. */
export const isPlain = ({ presence, workload }: Actor): boolean =>
  presence === 'somewhere' && workload?.shapes[0]?.labels.size === 0;

/** How bad an undeclared connection is, by what the subject is and which of both ends are there. */
export function severityOf(
  scene: Scene,
  direction: Direction,
  { subject, peer }: { readonly subject: Actor; readonly peer: Actor },
): Severity {
  const base = graveness(standingOf(scene, subject), direction);
  // Only who may start pods in that one namespace can be such an end.
  if (![subject.presence, peer.presence].includes('somewhere')) return base;
  return base === 'error' ? 'warning' : 'note';
}

function graveness(standing: Standing, direction: Direction): 'error' | 'warning' {
  switch (standing) {
    case 'anonymizer':
      return 'error';
    case 'raw broker':
      return direction === 'ingress' ? 'error' : 'warning';
    case 'broker':
    case 'other':
      return 'warning';
  }
}
