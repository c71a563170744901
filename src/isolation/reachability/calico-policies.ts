/** Policies of Calico to rules: ordered policies in ordered tiers, each tier with an end of its own. */
import type {
  CalicoEntity,
  CalicoPolicy,
  CalicoPort,
  CalicoRule,
  CalicoTier,
} from '../manifests/kinds/calico-policy.ts';
import { both, ownNetwork } from '../manifests/labels.ts';
import { AddressSet } from './address-set.ts';
import {
  stages,
  type Action,
  type Direction,
  type Peer,
  type Policy,
  type PortMatch,
  type Rule,
  type Rules,
  type Stage,
} from './rules.ts';
import type { AddressRange } from '../manifests/addresses.ts';
import { lastPort } from './port-set.ts';

/** Tiers that Calico makes by itself. */
const builtIn: ReadonlyMap<string, Stage> = new Map(
  Object.values(stages).map((stage) => [stage.name, stage]),
);

/** Compiles one policy of Calico. A tier that no manifest declares comes last, as one without an order does. */
export function compileCalicoPolicy(
  policy: CalicoPolicy,
  tiers: ReadonlyMap<string, CalicoTier>,
): Policy {
  const { namespace, name, origin, tier } = policy;
  const found = tiers.get(tier);
  const order = builtIn.get(tier)?.order ?? found?.order ?? Number.POSITIVE_INFINITY;
  const side = (direction: Direction): Rules | undefined => {
    const rules = policy[direction];
    return rules === undefined
      ? undefined
      : {
          isolates: found?.defaultAction !== 'Pass',
          rules: rules.flatMap((rule, index) => compile(rule, direction, `${direction}[${index}]`)),
        };
  };
  return {
    ref: { kind: policy.kind, namespace, name, origin },
    stage: { order, name: tier },
    order: policy.order,
    subjects: both(policy.subject, ownNetwork),
    ingress: side('ingress'),
    egress: side('egress'),
  };
}

const actions = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const satisfies Readonly<
  Record<string, Action>
>;

function compile(rule: CalicoRule, direction: Direction, path: string): readonly Rule[] {
  if (rule.action === 'Log') return [];
  const action = actions[rule.action];
  // A condition that is not evaluated could spare anything: such a rule may allow all it seems to, but denies nothing for sure.
  if (rule.partial && action !== 'allow') return [];
  const [peer, self] =
    direction === 'ingress' ? [rule.source, rule.destination] : [rule.destination, rule.source];
  return [
    {
      action,
      peers: [asPeer(peer)],
      ...(restricts(self) ? { subjects: asPeer(self) } : {}),
      ports: asPorts(rule),
      path,
      origin: rule.origin,
    },
  ];
}

const restricts = ({ where, whereNot, nets, notNets }: CalicoEntity): boolean =>
  [where, whereNot, nets, notNets].some((part) => part !== undefined);

function asPeer({ where, whereNot, nets, notNets }: CalicoEntity): Peer {
  const parts: readonly Peer[] = [
    ...(where === undefined ? [] : [{ kind: 'pods', where: both(where, ownNetwork) } as const]),
    ...(whereNot === undefined
      ? []
      : [{ kind: 'not', of: { kind: 'pods', where: whereNot } } as const]),
    ...(nets === undefined ? [] : [addresses(nets)]),
    ...(notNets === undefined ? [] : [{ kind: 'not', of: addresses(notNets) } as const]),
  ];
  if (parts.length === 0) return { kind: 'any' };
  return parts.length === 1 ? parts[0]! : { kind: 'all', of: parts };
}

const addresses = (ranges: readonly AddressRange[]): Peer => ({
  kind: 'addresses',
  set: ranges.reduce((set, range) => set.union(AddressSet.of(range)), AddressSet.none),
  pods: 'always',
});

function asPorts({ protocols, ports, notPorts }: CalicoRule): Rule['ports'] {
  const excluded = notPorts?.flatMap((port) => (port.kind === 'range' ? [port] : [])) ?? [];
  if (ports === undefined && notPorts === undefined && protocols.length === 3) return 'any';
  const wanted: readonly CalicoPort[] = ports ?? [{ kind: 'range', first: 1, last: lastPort }];
  return protocols.flatMap((protocol) =>
    wanted.flatMap((port): readonly PortMatch[] =>
      port.kind === 'name'
        ? [{ kind: 'named', protocol, name: port.name }]
        : outside(port, excluded).map((range) => ({ kind: 'range', protocol, ...range })),
    ),
  );
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** The range without the others. */
function outside(range: Span, others: readonly Span[]): readonly Span[] {
  return others.reduce<readonly Span[]>(
    (parts, other) =>
      parts.flatMap(({ first, last }) =>
        [
          { first, last: Math.min(last, other.first - 1) },
          { first: Math.max(first, other.last + 1), last },
        ].filter((part) => part.first <= part.last),
      ),
    [{ first: range.first, last: range.last }],
  );
}
