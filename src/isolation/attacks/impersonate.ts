/** Labels made to measure: a pod that satisfies the peer of a rule, in a namespace of the attacker's. */
import type { Peer, Rule } from '../reachability/rules.ts';
import {
  both,
  everything,
  matches,
  namespaceLabel,
  namespaceName,
  onHostNetwork,
  serviceAccountName,
  type Predicate,
} from '../manifests/labels.ts';

/** A pod by what policies look at. */
export interface Disguise {
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
}

/** Combinations that are tried for one rule, since alternatives multiply. */
const mostTries = 256;

/** A pod in the given namespace that a rule takes for one of its peers; undefined where none is found. */
export function disguise(
  rule: Rule,
  namespace: string,
  ownLabels: Readonly<Record<string, string>>,
): Disguise | undefined {
  const fixed = new Map<string, string>([
    [namespaceName, namespace],
    [onHostNetwork, 'false'],
    ...Object.entries(ownLabels).map(([key, value]) => [namespaceLabel(key), value] as const),
    [namespaceLabel('kubernetes.io/metadata.name'), namespace],
  ]);
  for (const peer of rule.peers) {
    const where = asPredicate(peer);
    if (where === undefined) continue;
    for (const wish of limited(wishes(where))) {
      const facts = new Map([[serviceAccountName, 'default'], ...wish, ...fixed]);
      if (matches(where, (key) => facts.get(key))) return undress(facts);
    }
  }
  return undefined;
}

/** What a peer asks of a pod; undefined where it asks for an address or a node, which no label gives. */
function asPredicate(peer: Peer): Predicate | undefined {
  switch (peer.kind) {
    case 'any':
      return everything;
    case 'pods':
      return peer.where;
    case 'addresses':
    case 'nodes':
      return undefined;
    case 'all': {
      let all: Predicate = everything;
      for (const part of peer.of) {
        const one = asPredicate(part);
        if (one === undefined) return undefined;
        all = both(all, one);
      }
      return all;
    }
    case 'not': {
      const inner = asPredicate(peer.of);
      // A pod without such an address, off the nodes' network, is what the rule asks for.
      return inner === undefined ? everything : { kind: 'not', of: inner };
    }
  }
}

type Wish = ReadonlyMap<string, string>;

/** What to carry so that the condition may hold; what must be absent is left out and checked afterwards. */
function* wishes(where: Predicate): Generator<Wish> {
  switch (where.kind) {
    case 'all':
      // What may have any value goes last, and keeps the one that others ask for.
      yield* combined(
        where.of.toSorted((a, b) => Number(a.kind === 'has') - Number(b.kind === 'has')),
        0,
        new Map(),
      );
      return;
    case 'any':
      for (const part of where.of) yield* wishes(part);
      return;
    case 'not':
      yield new Map();
      return;
    case 'has':
      yield new Map([[where.key, 'any']]);
      return;
    case 'in':
      for (const value of where.values) yield new Map([[where.key, value]]);
      return;
    case 'text':
      yield new Map([[where.key, where.value]]);
      return;
  }
}

function* combined(parts: readonly Predicate[], at: number, sofar: Wish): Generator<Wish> {
  const part = parts[at];
  if (part === undefined) {
    yield sofar;
    return;
  }
  for (const wish of wishes(part)) {
    const contradicts = [...wish].some(
      ([key, value]) => sofar.has(key) && sofar.get(key) !== value && part.kind !== 'has',
    );
    if (!contradicts) yield* combined(parts, at + 1, new Map([...wish, ...sofar]));
  }
}

function* limited<T>(items: Iterable<T>): Generator<T> {
  let left = mostTries;
  for (const item of items) {
    if (left === 0) return;
    left -= 1;
    yield item;
  }
}

const namespacePrefix = namespaceLabel('');

function undress(facts: ReadonlyMap<string, string>): Disguise {
  const namespaceLabels: Record<string, string> = {};
  const labels: Record<string, string> = {};
  for (const [key, value] of facts) {
    if (key.startsWith(namespacePrefix)) namespaceLabels[key.slice(namespacePrefix.length)] = value;
    else if (!key.startsWith('%')) labels[key] = value;
  }
  return { namespaceLabels, labels, serviceAccount: facts.get(serviceAccountName) ?? 'default' };
}
