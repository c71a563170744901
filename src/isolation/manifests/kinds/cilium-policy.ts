/** CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy, `cilium.io/v2`, as their author wrote them. */
import { type AddressRange } from '../addresses.ts';
import type { Field } from '../field.ts';
import {
  both,
  everything,
  inNamespaces,
  keysOf,
  namespaceLabel,
  namespaceName,
  rekey,
  serviceAccountName,
  type Predicate,
} from '../labels.ts';
import { parseCidrField } from './network-policy.ts';
import type { Origin, Protocol } from '../objects.ts';
import { parseLabelSelector } from '../selectors.ts';

/** A peer. `unknown` stands for peers that only Cilium's agent can resolve. */
export type CiliumPeer =
  | { readonly kind: 'endpoints'; readonly where: Predicate }
  | {
      readonly kind: 'block';
      readonly cidr: AddressRange;
      readonly except: readonly AddressRange[];
    }
  | { readonly kind: 'world'; readonly family: 4 | 6 | undefined }
  | { readonly kind: 'nodes' }
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' };

/** A port match; an undefined protocol is any of the three. */
export interface CiliumPort {
  readonly protocol: Protocol | undefined;
  readonly port: number | string | undefined;
  readonly endPort: number | undefined;
}

/** A rule. Undefined peers are any peer; undefined ports any port. A rule with neither matches nothing and only isolates. */
export interface CiliumRule {
  readonly peers: readonly CiliumPeer[] | undefined;
  readonly ports: readonly CiliumPort[] | undefined;
  readonly origin: Origin;
  /** Such as `spec.ingress[0]`. */
  readonly path: string;
}

/** The rules of one direction of one `spec`. */
export interface CiliumRules {
  readonly allow: readonly CiliumRule[];
  readonly deny: readonly CiliumRule[];
  readonly isolates: boolean;
}

/** One `spec`, or one item of `specs`. */
export interface CiliumSpec {
  /** Undefined for policies on nodes, which pods don't feel. */
  readonly endpoints: Predicate | undefined;
  readonly ingress: CiliumRules | undefined;
  readonly egress: CiliumRules | undefined;
}

/** A policy of Cilium. */
export interface CiliumPolicy {
  readonly kind: 'CiliumNetworkPolicy' | 'CiliumClusterwideNetworkPolicy';
  readonly namespace: string | undefined;
  readonly name: string;
  readonly specs: readonly CiliumSpec[];
  readonly origin: Origin;
}

/** Parses a policy of Cilium. */
export function parseCiliumPolicy(root: Field, kind: CiliumPolicy['kind']): CiliumPolicy {
  const metadata = root.at('metadata');
  const namespace =
    kind === 'CiliumNetworkPolicy' ? (metadata.at('namespace').text() ?? 'default') : undefined;
  const written = root.at('spec').exists ? [root.at('spec')] : [];
  const specs = [...written, ...root.at('specs').items()];
  if (specs.length === 0) root.at('spec').need();
  return {
    kind,
    namespace,
    name: metadata.at('name').required(),
    specs: specs.map((spec) => parseSpec(spec, namespace)),
    origin: root.lazyOrigin(),
  };
}

function parseSpec(spec: Field, namespace: string | undefined): CiliumSpec {
  spec.only(
    ...['endpointSelector', 'nodeSelector', 'ingress', 'ingressDeny', 'egress', 'egressDeny'],
    ...['enableDefaultDeny', 'labels', 'description', 'log'],
  );
  if (spec.at('nodeSelector').exists) {
    const message = 'judge the policy by hand: rules on nodes are not evaluated';
    spec.complain('warning', 'UNSUPPORTED_FIELD', message);
    return { endpoints: undefined, ingress: undefined, egress: undefined };
  }
  const selector = parseEndpoints(spec.at('endpointSelector').need());
  const own = namespace === undefined ? everything : inNamespaces([namespace]);
  return {
    endpoints: both(own, selector),
    ingress: parseSide(spec, 'ingress', namespace),
    egress: parseSide(spec, 'egress', namespace),
  };
}

/** Isolation follows from any rule of the direction, also from a deny rule, unless `enableDefaultDeny` says otherwise. */
function parseSide(
  spec: Field,
  direction: 'ingress' | 'egress',
  namespace: string | undefined,
): CiliumRules | undefined {
  const allow = spec.at(direction).items();
  const deny = spec.at(`${direction}Deny`).items();
  const chosen = spec.at('enableDefaultDeny').only('ingress', 'egress').at(direction).boolean();
  if (allow.length + deny.length === 0 && chosen !== true) return undefined;
  return {
    allow: allow.map((rule) => parseRule(rule, direction, namespace)),
    deny: deny.map((rule) => parseRule(rule, direction, namespace)),
    isolates: chosen ?? true,
  };
}

function parseRule(
  rule: Field,
  direction: 'ingress' | 'egress',
  namespace: string | undefined,
): CiliumRule {
  const side = direction === 'ingress' ? 'from' : 'to';
  const [endpoints, cidr, cidrSet, entities, nodes, ports, icmps] = [
    rule.at(`${side}Endpoints`),
    rule.at(`${side}CIDR`),
    rule.at(`${side}CIDRSet`),
    rule.at(`${side}Entities`),
    rule.at(`${side}Nodes`),
    rule.at('toPorts'),
    rule.at('icmps'),
  ];
  const unresolved = [`${side}Groups`, `${side}Requires`, 'toFQDNs', 'toServices']
    .map((key) => rule.at(key))
    .filter((field) => field.exists);
  rule.only(
    ...['Endpoints', 'CIDR', 'CIDRSet', 'Entities', 'Nodes', 'Groups', 'Requires'].map(
      (key) => `${side}${key}`,
    ),
    ...(side === 'to' ? ['toFQDNs', 'toServices'] : []),
    ...['toPorts', 'icmps', 'authentication'],
  );
  for (const field of unresolved) {
    const message = 'judge the rule by hand: only the agent can resolve this peer';
    field.complain('error', 'UNSUPPORTED_FIELD', message);
  }
  const peers: CiliumPeer[] = [
    ...endpoints.items().map((one) => asEndpoints(one, namespace)),
    ...cidr.items().flatMap((one) => asBlock(parseCidrField(one), [])),
    ...cidrSet.items().map(parseCidrRule),
    ...entities.items().map(parseEntity),
    ...nodes.items().map((): CiliumPeer => ({ kind: 'nodes' })),
    ...unresolved.map((): CiliumPeer => ({ kind: 'unknown' })),
  ];
  const named = [endpoints, cidr, cidrSet, entities, nodes, ...unresolved].some(
    (one) => one.exists,
  );
  const matchesNothing = !named && !ports.exists;
  return {
    // A list that is there but empty selects nothing; so does a rule that names neither peers nor ports.
    peers: named || matchesNothing ? peers : undefined,
    // A rule on ICMP says nothing about ports.
    ports: icmps.exists && !ports.exists ? [] : parsePorts(ports),
    origin: rule.lazyOrigin(),
    path: rule.path,
  };
}

function asBlock(
  cidr: AddressRange | undefined,
  except: readonly AddressRange[],
): readonly CiliumPeer[] {
  return cidr === undefined ? [] : [{ kind: 'block', cidr, except }];
}

function parseCidrRule(item: Field): CiliumPeer {
  item.only('cidr', 'except', 'cidrGroupRef', 'cidrGroupSelector');
  if (!item.at('cidr').exists) {
    item.complain('error', 'UNSUPPORTED_FIELD', 'write the "cidr": groups are not evaluated');
    return { kind: 'unknown' };
  }
  const except = item
    .at('except')
    .items()
    .flatMap((one) => parseCidrField(one) ?? []);
  return asBlock(parseCidrField(item.at('cidr')), except)[0] ?? { kind: 'none' };
}

function parseEntity(item: Field): CiliumPeer {
  switch (item.text() ?? '') {
    case 'all':
      return { kind: 'all' };
    case 'world':
      return { kind: 'world', family: undefined };
    case 'world-ipv4':
      return { kind: 'world', family: 4 };
    case 'world-ipv6':
      return { kind: 'world', family: 6 };
    case 'cluster':
      return { kind: 'endpoints', where: everything };
    case 'host':
    case 'remote-node':
      return { kind: 'nodes' };
    case 'none':
    case 'health':
    case 'init':
    case 'ingress':
    case 'unmanaged':
      return { kind: 'none' };
    case 'kube-apiserver':
      item.complain('warning', 'UNSUPPORTED_FIELD', 'taken as a node: its address is not known');
      return { kind: 'nodes' };
    default:
      item.complain('error', 'INVALID_FIELD', 'name an entity that Cilium knows');
      return { kind: 'unknown' };
  }
}

/** Without a condition on the namespace, a namespaced policy means its own (Cilium, `getEndpointSelector`). */
function asEndpoints(item: Field, namespace: string | undefined): CiliumPeer {
  const where = parseEndpoints(item);
  const keys = [...keysOf(where)];
  const reserved = keys.filter((key) => key.startsWith('reserved:'));
  if (reserved.length > 0) {
    item.complain('error', 'UNSUPPORTED_FIELD', 'use an entity in place of a reserved label');
    return { kind: 'unknown' };
  }
  const placed = keys.some((key) => key === namespaceName || key.startsWith(namespaceLabel('')));
  const own = namespace === undefined || placed ? everything : inNamespaces([namespace]);
  return { kind: 'endpoints', where: both(own, where) };
}

const namespaceKey = 'io.kubernetes.pod.namespace';
const namespaceLabelsPrefix = 'io.cilium.k8s.namespace.labels.';
const serviceAccountKey = 'io.cilium.k8s.policy.serviceaccount';

/** Labels may carry their source (`k8s:`, `any:`), and some keys stand for facts of the namespace. */
function parseEndpoints(field: Field): Predicate {
  return rekey(parseLabelSelector(field), (written) => {
    const key = written.replace(/^(k8s|any):/, '');
    if (key === namespaceKey) return namespaceName;
    if (key === serviceAccountKey) return serviceAccountName;
    if (key.startsWith(namespaceLabelsPrefix))
      return namespaceLabel(key.slice(namespaceLabelsPrefix.length));
    if (key.startsWith('io.cilium.k8s.policy.'))
      field.complain(
        'error',
        'UNSUPPORTED_FIELD',
        'judge the rule by hand: the label is Cilium’s own',
      );
    return key;
  });
}

const protocols = ['TCP', 'UDP', 'SCTP', 'ANY', 'ICMP', 'ICMPV6', 'ICMPv6'] as const;

function parsePorts(field: Field): readonly CiliumPort[] | undefined {
  if (!field.exists) return undefined;
  return field.items().flatMap((item) => {
    item.only('ports', 'rules', 'terminatingTLS', 'originatingTLS', 'serverNames', 'listener');
    const rules = item.at('rules');
    for (const key of ['kafka', 'l7', 'l7proto'])
      if (rules.at(key).exists) {
        const message = `remove the field "${key}": Cilium 1.20 and later drop it and open the whole port`;
        rules.at(key).complain('error', 'UNKNOWN_FIELD', message);
      }
    const ports = item.at('ports').items();
    // No ports at all, only rules above them: every port.
    if (ports.length === 0) return [{ protocol: undefined, port: undefined, endPort: undefined }];
    return ports.flatMap((port) => parsePort(port) ?? []);
  });
}

function parsePort(field: Field): CiliumPort | undefined {
  field.only('port', 'endPort', 'protocol');
  const written = field.at('protocol').choice(protocols) ?? 'ANY';
  if (written.startsWith('ICMP')) return undefined;
  const protocol = written === 'ANY' ? undefined : (written as Protocol);
  const endPort = field.at('endPort').integer(0, 65_535);
  const text = field.at('port').text() ?? '0';
  if (!/^\d+$/.test(text)) return { protocol, port: text, endPort: undefined };
  const number = Number(text);
  if (number > 65_535) {
    field.at('port').complain('error', 'INVALID_FIELD', 'write a port from 0 to 65535');
    return undefined;
  }
  // Port 0 stands for every port.
  if (number === 0) return { protocol, port: undefined, endPort: undefined };
  return { protocol, port: number, endPort: endPort === 0 ? undefined : endPort };
}
