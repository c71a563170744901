/** Everything that a workload's rules do not allow, as deny rules of Cilium: the complement over namespaces, labels and ports. */
import type { Labels, Peer, PodPeer } from './peers.ts';
import type { AllowedPort, AllowRule, Direction } from './policy-set.ts';

/** Selectors that one namespace's complement may take; more are left out, and default deny alone holds there. */
const mostSelectors = 64;
const lastPort = 65_535;
const namespaceKey = 'k8s:io.kubernetes.pod.namespace';

interface Expression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists';
  readonly values?: readonly string[];
}

interface CiliumPort {
  readonly port: string;
  readonly endPort?: number;
  readonly protocol: AllowedPort['protocol'];
}

/** Deny rules: on ports that are allowed to some, everybody else; on all other ports, everybody. */
export function undeclared(rules: readonly AllowRule[], direction: Direction): readonly object[] {
  const groups = byPeers(rules);
  return [
    ...groups.flatMap(({ peers, ports }) =>
      denies(
        peers,
        ports.map(({ protocol, port }) => ({ port: String(port), protocol })),
        direction,
      ),
    ),
    ...denies([], gaps(rules.flatMap(({ ports }) => ports)), direction),
  ];
}

/** Ports that are allowed to the same peers. */
function byPeers(
  rules: readonly AllowRule[],
): readonly { readonly peers: readonly Peer[]; readonly ports: readonly AllowedPort[] }[] {
  const ports = new Map(
    rules.flatMap((rule) => rule.ports.map((port) => [keyOf(port), port] as const)),
  );
  const groups = new Map<
    string,
    { readonly peers: readonly Peer[]; readonly ports: AllowedPort[] }
  >();
  for (const [key, port] of [...ports].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const peers = rules
      .filter((rule) => rule.ports.some((other) => keyOf(other) === key))
      .flatMap((rule) => rule.peers);
    const who = JSON.stringify(peers);
    const group = groups.get(who) ?? { peers, ports: [] };
    groups.set(who, group);
    group.ports.push(port);
  }
  return [...groups.values()];
}

const keyOf = ({ protocol, port }: AllowedPort): string =>
  `${protocol} ${String(port).padStart(5, '0')}`;

/** Everybody but the peers, on these ports. */
function denies(
  peers: readonly Peer[],
  ports: readonly CiliumPort[],
  direction: Direction,
): readonly object[] {
  const side = direction === 'ingress' ? 'from' : 'to';
  const toPorts = pieced(ports).map((some) => ({ ports: some }));
  const pods = peers.filter((peer) => peer.kind === 'pods');
  const except = peers.flatMap((peer) => (peer.kind === 'address' ? [peer.cidr] : []));
  const family = (cidr: string, own: (block: string) => boolean): object => {
    const spared = except.filter(own);
    return spared.length > 0 ? { cidr, except: spared } : { cidr };
  };
  return [
    {
      [`${side}Endpoints`]: othersThan(pods).map((matchExpressions) => ({ matchExpressions })),
      toPorts,
    },
    {
      [`${side}CIDRSet`]: [
        family('0.0.0.0/0', (block) => !block.includes(':')),
        family('::/0', (block) => block.includes(':')),
      ],
      toPorts,
    },
  ];
}

/** Selectors that together select every pod but these. */
function othersThan(pods: readonly PodPeer[]): readonly (readonly Expression[])[] {
  const namespaces = [...new Set(pods.map(({ namespace }) => namespace))].toSorted();
  const exists: Expression = { key: namespaceKey, operator: 'Exists' };
  const elsewhere: readonly Expression[] =
    namespaces.length === 0
      ? [exists]
      : [exists, { key: namespaceKey, operator: 'NotIn', values: namespaces }];
  return [
    elsewhere,
    ...namespaces.flatMap((namespace) => {
      const inside: Expression = { key: namespaceKey, operator: 'In', values: [namespace] };
      const own = pods.filter((pod) => pod.namespace === namespace).map(({ labels }) => labels);
      return missing(own).map((some) => [inside, ...some]);
    }),
  ];
}

/** Ways of not having the labels of any: for each list one label that is not as it says (De Morgan). */
function missing(lists: readonly Labels[]): readonly (readonly Expression[])[] {
  let ways: readonly (readonly Expression[])[] = [[]];
  for (const labels of lists) {
    ways = ways.flatMap((way) =>
      labels.map(([key, values]): readonly Expression[] => [
        ...way,
        { key: `k8s:${key}`, operator: 'NotIn', values },
      ]),
    );
    if (ways.length > mostSelectors) return [];
  }
  return ways;
}

/** Ports that are not listed, as ranges, of both protocols. */
function gaps(ports: readonly AllowedPort[]): readonly CiliumPort[] {
  return (['TCP', 'UDP'] as const).flatMap((protocol) => {
    const taken = ports.filter((port) => port.protocol === protocol).map(({ port }) => port);
    const found: CiliumPort[] = [];
    let first = 1;
    for (const port of [...new Set(taken), lastPort + 1].toSorted((a, b) => a - b)) {
      if (first < port - 1) found.push({ port: String(first), endPort: port - 1, protocol });
      else if (first === port - 1) found.push({ port: String(first), protocol });
      first = port + 1;
    }
    return found;
  });
}

/** Ports that one list takes. */
const mostPorts = 40;

function pieced<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / mostPorts) }, (_, at) =>
    items.slice(at * mostPorts, (at + 1) * mostPorts),
  );
}
