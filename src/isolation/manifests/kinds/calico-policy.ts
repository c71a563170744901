/** NetworkPolicy, GlobalNetworkPolicy and Tier of Calico, `projectcalico.org/v3`, as their author wrote them. */
import type { AddressRange } from '../addresses.ts';
import { parseCalicoSelector } from './calico-selector.ts';
import type { Field } from '../field.ts';
import {
  both,
  everything,
  inNamespaces,
  namespaceLabel,
  namespaceName,
  nothing,
  rekey,
  serviceAccountLabel,
  serviceAccountName,
  type Predicate,
} from '../labels.ts';
import { parseCidrField } from './network-policy.ts';
import type { Origin, Protocol } from '../objects.ts';

/** Everything that must hold for one end of a connection; undefined parts say nothing. */
export interface CalicoEntity {
  readonly where: Predicate | undefined;
  readonly whereNot: Predicate | undefined;
  readonly nets: readonly AddressRange[] | undefined;
  readonly notNets: readonly AddressRange[] | undefined;
}

/** A port match: a range, or a name that the destination resolves. */
export type CalicoPort =
  | { readonly kind: 'range'; readonly first: number; readonly last: number }
  | { readonly kind: 'name'; readonly name: string };

/** A rule. */
export interface CalicoRule {
  readonly action: 'Allow' | 'Deny' | 'Pass' | 'Log';
  /** The protocols of which the rule speaks; empty when it speaks of others, such as ICMP, only. */
  readonly protocols: readonly Protocol[];
  readonly source: CalicoEntity;
  readonly destination: CalicoEntity;
  readonly ports: readonly CalicoPort[] | undefined;
  readonly notPorts: readonly CalicoPort[] | undefined;
  /** The rule has conditions that are not evaluated: it may match less than it seems to. */
  readonly partial: boolean;
  readonly origin: Origin;
}

/** A policy of Calico. */
export interface CalicoPolicy {
  readonly kind: 'CalicoNetworkPolicy' | 'GlobalNetworkPolicy';
  readonly namespace: string | undefined;
  readonly name: string;
  readonly tier: string;
  /** Infinite where the manifest has none. */
  readonly order: number;
  readonly subject: Predicate;
  /** Undefined for the direction that the policy does not judge. */
  readonly ingress: readonly CalicoRule[] | undefined;
  readonly egress: readonly CalicoRule[] | undefined;
  readonly origin: Origin;
}

/** A tier of Calico. */
export interface CalicoTier {
  readonly kind: 'Tier';
  readonly namespace: undefined;
  readonly name: string;
  readonly order: number;
  /** What happens to what no policy of the tier decided, where one of them selects the pod. */
  readonly defaultAction: 'Deny' | 'Pass';
  readonly origin: Origin;
}

/** Parses a tier. */
export function parseCalicoTier(root: Field): CalicoTier {
  const spec = root.at('spec').only('order', 'defaultAction');
  return {
    kind: 'Tier',
    namespace: undefined,
    name: root.at('metadata').at('name').required(),
    order: spec.at('order').number() ?? Number.POSITIVE_INFINITY,
    defaultAction: spec.at('defaultAction').choice(['Deny', 'Pass']) ?? 'Deny',
    origin: root.lazyOrigin(),
  };
}

/** Parses a policy. Policies on the packets of nodes (`doNotTrack`, `preDNAT`) judge no pod and are left out with a warning. */
export function parseCalicoPolicy(
  root: Field,
  kind: CalicoPolicy['kind'],
): CalicoPolicy | undefined {
  const spec = root.at('spec');
  spec.only(
    ...['tier', 'order', 'ingress', 'egress', 'selector', 'types', 'serviceAccountSelector'],
    ...['performanceHints', 'stagedAction'],
    ...(kind === 'GlobalNetworkPolicy'
      ? ['namespaceSelector', 'doNotTrack', 'preDNAT', 'applyOnForward']
      : []),
  );
  if (spec.at('doNotTrack').boolean() === true || spec.at('preDNAT').boolean() === true) {
    const message = 'judge the policy by hand: rules on the packets of nodes are not evaluated';
    spec.complain('warning', 'UNSUPPORTED_FIELD', message);
    return undefined;
  }
  const metadata = root.at('metadata');
  const namespace =
    kind === 'CalicoNetworkPolicy' ? (metadata.at('namespace').text() ?? 'default') : undefined;
  const tier = spec.at('tier').text() ?? 'default';
  const written = spec
    .at('types')
    .items()
    .flatMap((one) => one.choice(['Ingress', 'Egress'] as const) ?? []);
  const [ingress, egress] = [spec.at('ingress').items(), spec.at('egress').items()];
  const judges = (type: 'Ingress' | 'Egress'): boolean => {
    if (spec.at('types').items().length > 0) return written.includes(type);
    return type === 'Egress' ? egress.length > 0 : ingress.length > 0 || egress.length === 0;
  };
  const rules = (items: readonly Field[]): readonly CalicoRule[] =>
    items.map((rule) => parseRule(rule, namespace));
  return {
    kind,
    namespace,
    name: metadata.at('name').required(),
    tier,
    order: spec.at('order').number() ?? Number.POSITIVE_INFINITY,
    subject: parseSubject(spec, namespace),
    ingress: judges('Ingress') ? rules(ingress) : undefined,
    egress: judges('Egress') ? rules(egress) : undefined,
    origin: root.lazyOrigin(),
  };
}

function parseSubject(spec: Field, namespace: string | undefined): Predicate {
  const own = namespace === undefined ? everything : inNamespaces([namespace]);
  const namespaces = parseSelector(spec.at('namespaceSelector'), ofNamespace) ?? everything;
  const accounts = parseSelector(spec.at('serviceAccountSelector'), serviceAccountLabel);
  const pods = parseSelector(spec.at('selector'), ofPod) ?? everything;
  return both(both(own, namespaces), both(accounts ?? everything, pods));
}

/** A selector, undefined where it is absent or empty. */
function parseSelector(field: Field, key: (key: string) => string): Predicate | undefined {
  const text = field.text()?.trim();
  if (text === undefined || text === '') return undefined;
  const predicate = parseCalicoSelector(text);
  if (predicate !== undefined) return rekey(predicate, key);
  field.complain('error', 'INVALID_FIELD', 'write a selector such as app == "x" && has(tier)');
  return nothing;
}

/** Calico adds these labels to pods by itself. */
function ofPod(key: string): string {
  if (key === 'projectcalico.org/namespace') return namespaceName;
  if (key === 'projectcalico.org/serviceaccount') return serviceAccountName;
  return key;
}

const ofNamespace = (key: string): string =>
  key === 'projectcalico.org/name' ? namespaceName : namespaceLabel(key);

const fields = ['nets', 'selector', 'namespaceSelector', 'ports', 'notNets', 'notSelector'];

function parseRule(rule: Field, namespace: string | undefined): CalicoRule {
  rule.only(
    ...['action', 'ipVersion', 'protocol', 'notProtocol', 'icmp', 'notICMP', 'source'],
    ...['destination', 'http', 'metadata'],
  );
  rule.at('action').required();
  const [source, destination] = [rule.at('source'), rule.at('destination')];
  const unread = [
    ...['ipVersion', 'icmp', 'notICMP', 'http'].map((key) => rule.at(key)),
    ...['ports', 'notPorts'].map((key) => source.at(key)),
    ...[source, destination].flatMap((end) => [end.at('services'), end.at('domains')]),
    ...destination
      .at('notPorts')
      .items()
      .filter(({ raw }) => typeof raw === 'string' && !/^\d/.test(raw)),
  ].filter((field) => field.exists);
  for (const field of unread) {
    const message = 'judge the rule by hand: this condition is not evaluated';
    field.complain('error', 'UNSUPPORTED_FIELD', message);
  }
  return {
    action: rule.at('action').choice(['Allow', 'Deny', 'Pass', 'Log']) ?? 'Deny',
    protocols: parseProtocols(rule),
    source: parseEntity(source, namespace),
    destination: parseEntity(destination, namespace),
    ports: parsePorts(destination.at('ports')),
    notPorts: parsePorts(destination.at('notPorts')),
    partial: unread.length > 0,
    origin: rule.lazyOrigin(),
  };
}

/** `selector` and `notSelector` of a namespaced policy mean its own namespace, unless a namespace selector stands beside them. */
function parseEntity(end: Field, namespace: string | undefined): CalicoEntity {
  end.only(...fields, 'notPorts', 'serviceAccounts', 'services', 'domains');
  const selector = parseSelector(end.at('selector'), ofPod);
  const whereNot = parseSelector(end.at('notSelector'), ofPod);
  const namespaces = parseSelector(end.at('namespaceSelector'), ofNamespace);
  const accounts = end.at('serviceAccounts').only('names', 'selector');
  const names = accounts.at('names').texts();
  const parts: readonly (Predicate | undefined)[] = [
    selector,
    namespaces,
    names.length === 0 ? undefined : { kind: 'in', key: serviceAccountName, values: names },
    parseSelector(accounts.at('selector'), serviceAccountLabel),
  ];
  const given = parts.filter((part) => part !== undefined);
  const scoped = namespace !== undefined && namespaces === undefined;
  const own =
    scoped && (given.length > 0 || whereNot !== undefined) ? [inNamespaces([namespace])] : [];
  const all = [...own, ...given];
  return {
    where: all.length === 0 ? undefined : all.reduce(both),
    whereNot,
    nets: parseNets(end.at('nets')),
    notNets: parseNets(end.at('notNets')),
  };
}

function parseNets(field: Field): readonly AddressRange[] | undefined {
  const items = field.items();
  return items.length === 0 ? undefined : items.flatMap((item) => parseCidrField(item) ?? []);
}

const numbers: Readonly<Record<string, Protocol>> = { '6': 'TCP', '17': 'UDP', '132': 'SCTP' };

function parseProtocols(rule: Field): readonly Protocol[] {
  const known = ['TCP', 'UDP', 'SCTP'] as const;
  const named = (field: Field): Protocol | undefined => {
    const raw = field.raw;
    const text = typeof raw === 'number' ? String(raw) : (field.text() ?? '');
    return numbers[text] ?? known.find((one) => one === text.toUpperCase());
  };
  const [only, not] = [rule.at('protocol'), rule.at('notProtocol')];
  if (only.exists) {
    const protocol = named(only);
    return protocol === undefined ? [] : [protocol];
  }
  return not.exists ? known.filter((one) => one !== named(not)) : known;
}

function parsePorts(field: Field): readonly CalicoPort[] | undefined {
  const items = field.items();
  if (items.length === 0) return undefined;
  return items.flatMap((item): readonly CalicoPort[] => {
    const raw = item.raw;
    const text = typeof raw === 'number' ? String(raw) : (item.text() ?? '');
    const range = /^(\d+)(?::(\d+))?$/.exec(text);
    if (range === null) return text === '' ? [] : [{ kind: 'name', name: text }];
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (first <= last && last <= 65_535)
      return [{ kind: 'range', first: Math.max(1, first), last }];
    item.complain('error', 'INVALID_FIELD', 'write a port or a rising range such as "80:90"');
    return [];
  });
}
