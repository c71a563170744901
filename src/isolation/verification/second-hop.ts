/** Undeclared workloads that reach a workload that reaches raw brokers, and can read there. */
import type { PortSet } from '../reachability/port-set.ts';
import { some } from './words.ts';
import { standingOf } from './subjects.ts';
import type { Finding } from '../findings/finding.ts';
import type { BrokerReach } from './topics.ts';
import type { Actor, Scene } from './scene.ts';

/**
 * Stepping stones are those who are let in and may hand raw records on: declared readers of raw topics, and administrators. Producers of raw
 * topics only write. Who is let in without a declaration is an error of its own; the anonymizer's ingress is judged elsewhere.
 */
export function secondHops(scene: Scene, reaches: readonly BrokerReach[]): readonly Finding[] {
  const readers = readersOf(scene);
  const stones = new Map<string, { readonly stone: Actor; readonly reach: BrokerReach }>();
  for (const reach of reaches)
    for (const stone of reach.actors)
      if (
        !stones.has(stone.label) &&
        isLetIn(scene, stone, reach) &&
        maySpill(scene, stone, readers)
      )
        stones.set(stone.label, { stone, reach });
  return [...stones.values()].flatMap(({ stone, reach }) => hop(scene, stone, reach) ?? []);
}

function isLetIn(scene: Scene, actor: Actor, { broker }: BrokerReach): boolean {
  return scene.actorsOf(`broker ${broker.name}`).some((target) => {
    const ports = scene.expected(actor, target);
    return ports.contains('TCP', broker.port) || ports.contains('TCP', broker.openPort);
  });
}

/** Whether it may read raw records: everybody but clients, and clients that consume a raw topic. */
function maySpill(scene: Scene, actor: Actor, readers: ReadonlySet<string>): boolean {
  if (standingOf(scene, actor) !== 'other') return false;
  return actor.parties.every((id) => scene.parties.get(id)?.kind !== 'client' || readers.has(id));
}

/** Parties that are to read a raw topic. */
function readersOf({ input: { flows } }: Scene): ReadonlySet<string> {
  const raw = new Set(
    flows.brokers.flatMap((one) => one.raw.map((topic) => `${one.cluster} ${topic}`)),
  );
  return new Set(
    flows.grants
      .filter(({ resource, operations }) => resource === 'topic' && operations.includes('Read'))
      .filter(({ cluster, name }) => raw.has(`${cluster} ${name}`))
      .map(({ party }) => party),
  );
}

function hop(scene: Scene, stone: Actor, { broker }: BrokerReach): Finding | undefined {
  const destination = scene.base.destination(stone.label);
  if (destination === undefined) return undefined;
  const found: { readonly actor: Actor; readonly ports: PortSet }[] = [];
  for (const actor of scene.actors) {
    const source = scene.base.source(actor.label);
    if (source === undefined || actor.label === stone.label || actor.presence !== 'real') continue;
    const ports = scene.base.reachability
      .between(source, destination)
      .subtract(scene.expected(actor, stone));
    if (!ports.isEmpty) found.push({ actor, ports });
  }
  // Somebody inside makes a better example than the whole internet.
  const [example] = found.toSorted(
    (a, b) => Number(a.actor.workload === undefined) - Number(b.actor.workload === undefined),
  );
  if (example === undefined) return undefined;
  const kafka = `TCP ${broker.port}`;
  return {
    code: 'SECOND_HOP',
    severity: 'warning',
    subject: stone.label,
    message: `${some(found.map(({ actor }) => actor.label))} may reach ${stone.label}, which reaches raw broker ${broker.name}`,
    deciders: [],
    path: [
      example.actor.label,
      example.ports.toString(),
      stone.label,
      kafka,
      broker.name,
      ...broker.raw.slice(0, 1).map((topic) => `topic ${topic}`),
    ],
    remedy: 'isolate its ingress, or declare who may use it',
  };
}
