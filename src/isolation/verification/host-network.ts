/** Pods on the network of their node: no policy binds them, and they reach whatever runs on that node. */
import { some } from './words.ts';
import { standingOf } from './subjects.ts';
import type { Finding } from '../findings/finding.ts';
import type { Workload } from '../manifests/objects.ts';
import type { Actor, Scene } from './scene.ts';

/** One finding for each party that can't be fenced, and for each workload that passes by the fence. */
export function hostNetwork(scene: Scene): readonly Finding[] {
  const real = scene.actors.filter(({ presence, workload }) => presence === 'real' && workload);
  const hosts = real.filter(({ workload }) => onHost(workload));
  const raw = real.filter((actor) => standingOf(scene, actor) === 'raw broker');
  return hosts.flatMap((actor) => {
    const standing = standingOf(scene, actor);
    if (standing === 'raw broker' || standing === 'anonymizer') return [party(actor, standing)];
    // Brokers of the same cluster are trusted with its records anyway.
    if (standing === 'broker') return [];
    const met = raw.filter((broker) => mayShareNode(actor.workload!, broker.workload!));
    return met.length === 0 ? [] : [reach(scene, actor, met)];
  });
}

const onHost = (workload: Workload | undefined): boolean =>
  workload?.shapes.some(({ hostNetwork: shared }) => shared) === true;

function party(actor: Actor, standing: string): Finding {
  return {
    code: 'HOST_NETWORK_PARTY',
    severity: 'error',
    subject: actor.label,
    message: `${standing} ${actor.label} is on the network of its node, where policies don't bind it`,
    deciders: [{ policy: 'Manifest', rule: 'hostNetwork', origin: actor.workload!.origin }],
    path: ['any address', actor.label],
    remedy: 'remove hostNetwork: true from its pods',
  };
}

function reach(scene: Scene, actor: Actor, met: readonly Actor[]): Finding {
  const broker = met[0]!;
  const topic = broker.parties.flatMap((id) => scene.brokers.get(id)?.raw ?? []).slice(0, 1);
  return {
    code: 'HOST_NETWORK_REACH',
    severity: 'warning',
    subject: actor.label,
    message: `${actor.label} is on the network of its node and reaches raw brokers on the same node past every policy: ${some(met.map(({ label }) => label))}`,
    deciders: [{ policy: 'Manifest', rule: 'hostNetwork', origin: actor.workload!.origin }],
    path: [actor.label, 'node', broker.label, ...topic.map((one) => `topic ${one}`)],
    remedy:
      'keep it off the nodes of raw brokers (taints, node affinity), or trust it with raw records',
  };
}

/** Pods whose node is unknown may land anywhere. */
function mayShareNode(host: Workload, target: Workload): boolean {
  return host.shapes
    .filter(({ hostNetwork: shared }) => shared)
    .some(({ node }) =>
      target.shapes.some(
        (one) => node === undefined || one.node === undefined || one.node === node,
      ),
    );
}
