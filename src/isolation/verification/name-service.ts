/** Name servers whose pods listen elsewhere than it was declared: rules are about the ports of pods, so every look-up would be denied. */
import type { Finding } from '../findings/finding.ts';
import type { PodShape } from '../manifests/objects.ts';
import type { Flow } from '../topology/flow-draft.ts';
import type { Actor, Scene } from './scene.ts';

/**
 * One finding for each name service that declares ports and not the one that flows to it have. Nobody needs to declare ports, so pods that declare
 * none are believed. Connections that stand go on without names: what this breaks is seen late.
 */
export function nameServicePorts(scene: Scene): readonly Finding[] {
  const asked = new Map<Actor, Flow>();
  for (const flow of scene.input.flows.flows)
    if (flow.why.includes('names'))
      for (const actor of scene.actorsOf(flow.to))
        if (actor.presence === 'real' && !asked.has(actor) && silentAt(actor, flow))
          asked.set(actor, flow);
  return [...asked].map(([actor, flow]) => report(actor, flow));
}

const silentAt = (actor: Actor, { protocol, port }: Flow): boolean =>
  shapes(actor).some(
    ({ ports }) =>
      ports.length > 0 && !ports.some((one) => one.protocol === protocol && one.number === port),
  );

const shapes = ({ workload }: Actor): readonly PodShape[] => workload?.shapes ?? [];

function report(actor: Actor, { protocol, port }: Flow): Finding {
  const found = new Set(
    shapes(actor).flatMap(({ ports }) => ports.map((one) => `${one.protocol} ${one.number}`)),
  );
  return {
    code: 'NAME_SERVICE_PORT',
    severity: 'warning',
    subject: actor.label,
    message: `names are asked for at ${protocol} ${port}, and the pods of ${actor.label} declare ${[...found].toSorted().join(', ')}: behind the policies nobody could resolve a name`,
    deciders: [{ policy: 'Manifest', rule: 'ports', origin: actor.workload!.origin }],
    path: ['everybody', `${protocol} ${port}`, actor.label],
    remedy:
      'set isolation.dns.port to the port of the pods, which is the targetPort of their Service',
  };
}
