/** Whether pods that somebody adds to a namespace in scope would be isolated. */
import { decider } from './culprits.ts';
import { refText, type Direction } from '../reachability/rules.ts';
import type { Decider, Finding } from '../findings/finding.ts';
import type { Scene } from './scene.ts';

/** A namespace whose unlabelled pod no policy isolates, one finding for each direction. */
export function openNamespaces(scene: Scene): readonly Finding[] {
  return scene.input.flows.scope.flatMap((namespace) =>
    (['ingress', 'egress'] as const).flatMap((direction) => {
      const pod = scene.actors.find(
        ({ presence, workload }) =>
          presence === 'somewhere' &&
          workload?.namespace === namespace &&
          workload.shapes[0]?.labels.size === 0,
      );
      const bits = pod === undefined ? [] : (scene.base.source(pod.label)?.bits ?? []);
      if (bits.every((bit) => scene.base.isIsolated(bit, direction))) return [];
      return [openNamespace(scene, namespace, direction)];
    }),
  );
}

function openNamespace(scene: Scene, namespace: string, direction: Direction): Finding {
  const near = [...lookalikes(scene, namespace, direction)];
  const text = near.map((one) => `; ${one.decider.policy} ${one.text}`).join('');
  return {
    code: 'NAMESPACE_UNPROTECTED',
    severity: 'warning',
    subject: namespace,
    message: `no policy isolates every pod of namespace "${namespace}" for ${direction}: a pod that is added there is open${text}`,
    deciders: near.map(({ decider: one }) => one),
    path: [],
    remedy: `add a default deny for ${direction}: a policy with an empty podSelector and no rule`,
  };
}

/** Our policies without rules, which look like a default deny: those of the namespace, and those of a namespace that is not in scope. */
function* lookalikes(
  scene: Scene,
  namespace: string,
  direction: Direction,
): Generator<{ readonly decider: Decider; readonly text: string }> {
  const scope = new Set(scene.input.flows.scope);
  for (const { policy } of scene.base.selecting) {
    const { ref, ingress, egress } = policy;
    if (!scene.isOurs(ref)) continue;
    // Policies of the whole cluster say their default deny as a rule.
    const rules = [...(ingress?.rules ?? []), ...(egress?.rules ?? [])];
    if (rules.some(({ action }) => ref.namespace !== undefined || action !== 'deny')) continue;
    if (ref.namespace === namespace || ref.namespace === undefined)
      yield { decider: decider(ref), text: 'selects other pods or has no say in that direction' };
    else if (!scope.has(ref.namespace) && policy[direction] !== undefined) {
      const meant = refText({ ...ref, namespace });
      yield {
        decider: decider(ref),
        text: `is in the wrong namespace (as ${meant} it would isolate it)`,
      };
    }
  }
}
