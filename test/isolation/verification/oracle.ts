/** Which connections a set of policies allows, told by the naive model: one packet at a time, no code of the proof. */
import { matches, type Labels } from '../../../src/isolation/manifests/labels.ts';
import type { Manifests } from '../../../src/isolation/manifests/manifests.ts';
import type { PodShape, Protocol } from '../../../src/isolation/manifests/objects.ts';
import { getsThrough, type Party } from '../reachability/naive-model.ts';

const protocols: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];
/** Ports of the scene, their neighbours, and ports that nobody asked for. */
const ports = [1, 52, 53, 54, 80, 443, 8080, 8081, 8082, 9092, 9093, 9094, 9403, 9404, 9405, 9999];

interface Named {
  readonly name: string;
  readonly party: Party;
}

const stranger = (namespace: string, labels: Labels, like: PodShape): Party => ({
  namespace,
  address: undefined,
  shape: { ...like, name: undefined, labels, ports: [], addresses: [] },
});

/** Everybody of the manifests, a pod without labels in every namespace, impostors with everybody's labels, and the world. */
function castOf(manifests: Manifests): readonly Named[] {
  const real = manifests.workloads.flatMap(({ namespace, name, shapes }) =>
    shapes.map((shape, at) => ({
      name: `${namespace}/${name}${shapes.length > 1 ? `-${at}` : ''}`,
      party: { namespace, shape, address: undefined },
    })),
  );
  const spaces = [...new Set(manifests.workloads.map(({ namespace }) => namespace)), 'elsewhere'];
  const like = manifests.workloads[0]!.shapes[0]!;
  const operator = new Map([['strimzi.io/kind', 'cluster-operator']]);
  return [
    ...real,
    ...spaces.map((space) => ({ name: `${space}/*`, party: stranger(space, new Map(), like) })),
    ...real.map(({ name, party }) => ({
      name: `elsewhere/as ${name}`,
      party: stranger('elsewhere', party.shape.labels, like),
    })),
    { name: 'elsewhere/operator', party: stranger('elsewhere', operator, like) },
    ...['8.8.8.8', '10.9.9.9'].map((address) => ({
      name: address,
      party: { namespace: undefined, shape: undefined, address },
    })),
  ];
}

/** Everything that is allowed, as `from > to TCP 9093`. `scope`: namespaces of which one end must be. */
export function allowed(manifests: Manifests, scope: ReadonlySet<string>): ReadonlySet<string> {
  const cast = castOf(manifests);
  const found = new Set<string>();
  // Policies that select neither end have no say: leaving them out makes the model quick, not clever.
  const relevant = (one: Party): Manifests['policies'] =>
    manifests.policies.filter(
      (policy) =>
        policy.kind !== 'NetworkPolicy' ||
        (policy.namespace === one.namespace &&
          one.shape !== undefined &&
          matches(policy.pods, (key) => one.shape?.labels.get(key))),
    );
  const of = new Map(cast.map(({ name, party }) => [name, relevant(party)]));
  for (const from of cast)
    for (const to of cast) {
      if (from === to || !inScope(from.party, to.party, scope)) continue;
      const policies = [...new Set([...of.get(from.name)!, ...of.get(to.name)!])];
      const judged = { ...manifests, policies };
      for (const protocol of protocols)
        for (const port of ports) {
          const packet = { source: from.party, destination: to.party, protocol, port };
          if (getsThrough(judged, packet, false))
            found.add(`${from.name} > ${to.name} ${protocol} ${port}`);
        }
    }
  return found;
}

const inScope = (from: Party, to: Party, scope: ReadonlySet<string>): boolean =>
  scope.has(from.namespace ?? '') || scope.has(to.namespace ?? '');

/** What one set allows and the other doesn't. */
export function changes(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): { readonly opened: readonly string[]; readonly closed: readonly string[] } {
  return {
    opened: [...after].filter((one) => !before.has(one)),
    closed: [...before].filter((one) => !after.has(one)),
  };
}
