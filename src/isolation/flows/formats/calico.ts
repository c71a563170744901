/**
 * Calico: flow logs of Calico Enterprise and Cloud (`flows.log`), and rows of the open-source Whisker (`/whisker-backend/flows`). Both are
 * aggregated: a row stands for many connections, names of pods may end with `*`, addresses may be missing.
 *
 * @see https://docs.tigera.io/calico-enterprise/latest/observability/elastic/flow/datatypes
 * @see https://github.com/projectcalico/calico/blob/master/whisker-backend/pkg/apis/v1/flows.go type `FlowResponse`
 */
import {
  address,
  at,
  countOf,
  entryOf,
  firstOf,
  isEntry,
  isLabel,
  isoTime,
  name,
  objectAt,
  port,
  text,
  time,
  type Entry,
} from '../json-entry.ts';
import { LineRefusal, parsing, skipped, type LineParser, type ParsedLine } from '../parsed-line.ts';
import { nobody, type FlowPeer, type ObservedFlow } from '../observed-flow.ts';

export function calicoParser(): LineParser {
  return { parse: (line, number) => parsing(() => parse(entryOf(line).entry, number)) };
}

/** Whether an entry is one of Calico's. */
export const isCalico = (entry: Entry): boolean =>
  typeof at(entry, 'reporter') === 'string' && typeof at(entry, 'action') === 'string';

function parse(entry: Entry, line: number): ParsedLine {
  const protocol = protocolOf(firstOf(entry, 'proto', 'protocol'));
  if (protocol === undefined) return skipped('other-protocol');
  const flow: ObservedFlow = {
    at: timeOf(entry),
    source: peerOf(entry, 'source'),
    destination: peerOf(entry, 'dest'),
    protocol,
    port: port(at(entry, 'dest_port')),
    verdict: verdictOf(at(entry, 'action')),
    layer: 'network',
    seenAt: sideOf(at(entry, 'reporter')),
    count: countOf(at(entry, 'num_flows')),
    policies: policiesOf(at(entry, 'policies')),
    kafka: null,
    origin: { format: 'calico', line },
  };
  return { kind: 'flow', flow };
}

/** By name or by number of the protocol (RFC 790 and after); undefined for those that policies don't define. */
function protocolOf(value: unknown): ObservedFlow['protocol'] | undefined {
  const word = typeof value === 'number' ? String(value) : text(value)?.toLowerCase();
  switch (word) {
    case 'tcp':
    case '6':
      return 'TCP';
    case 'udp':
    case '17':
      return 'UDP';
    case 'sctp':
    case '132':
      return 'SCTP';
    case undefined:
      throw new LineRefusal('not-a-flow');
    default:
      return undefined;
  }
}

/** The end of the interval that the row stands for: UNIX seconds, or ISO. */
function timeOf(entry: Entry): number | null {
  const value = firstOf(entry, 'end_time', 'endTime', 'start_time', 'startTime');
  return typeof value === 'number' ? time(value * 1000) : isoTime(value);
}

function verdictOf(value: unknown): ObservedFlow['verdict'] {
  switch (text(value)?.toLowerCase() ?? '') {
    case 'allow':
      return 'allowed';
    case 'deny':
      return 'denied';
    // Passed from tier to tier, and by none of them decided.
    case 'pass':
    case 'actionunspecified':
      return 'unknown';
    default:
      throw new LineRefusal('bad-verdict');
  }
}

function sideOf(value: unknown): ObservedFlow['seenAt'] {
  switch (text(value)?.toLowerCase() ?? '') {
    case 'src':
      return 'source';
    case 'dst':
      return 'destination';
    default:
      return null;
  }
}

/** Words for what is no pod: networks, in both spellings. */
const networks: ReadonlyMap<string, string> = new Map([
  ['pub', 'public network'],
  ['pvt', 'private network'],
  ['public network', 'public network'],
  ['private network', 'private network'],
]);

function peerOf(entry: Entry, side: 'source' | 'dest'): FlowPeer {
  const namespace = dashed(at(entry, `${side}_namespace`));
  const own = dashed(at(entry, `${side}_name`));
  const common = dashed(at(entry, `${side}_name_aggr`)) ?? own;
  const network = networks.get((common ?? '').toLowerCase());
  const peer = {
    ...nobody,
    address: address(at(entry, `${side}_ip`)),
    labels: labelsOf(at(entry, `${side}_labels`)),
  };
  if (network !== undefined) return { ...peer, reserved: network };
  const whole = own?.endsWith('*') === true ? null : own;
  const workload = common?.endsWith('*') === true ? common.replace(/[-.]?\*$/, '') : null;
  // Host and network-set endpoints have names that are none of pods.
  const kind = text(at(entry, `${side}_type`))?.toLowerCase();
  if (kind !== undefined && kind !== 'wep') {
    if (!['hep', 'ns', 'net'].includes(kind)) throw new LineRefusal('not-a-flow');
    return { ...peer, reserved: kind === 'hep' ? 'host' : 'network set' };
  }
  const found = { ...peer, namespace: name(namespace ?? undefined) };
  const named = { ...found, pod: name(whole ?? undefined), workload: name(workload ?? undefined) };
  if (named.pod === null && named.workload === null && named.address === null)
    throw new LineRefusal('not-a-flow');
  return named;
}

/** Calico writes `-` for nothing. */
function dashed(value: unknown): string | null {
  const found = text(value);
  return found === '-' ? null : found;
}

/** `{labels: ["a=b"]}`, or `a=b | c=d`. */
function labelsOf(value: unknown): readonly string[] | null {
  if (value === undefined) return null;
  const listed = isEntry(value) ? at(value, 'labels') : value;
  if (listed === undefined) return null;
  const all: readonly unknown[] = Array.isArray(listed) ? listed : (text(listed) ?? '').split('|');
  const labels = all.flatMap((one) => (typeof one === 'string' ? [one.trim()] : []));
  const sound = labels.filter(isLabel);
  return sound.length === 0 ? null : sound;
}

/**
 * `index|tier|namespace/tier.name|action|rule` of what is enforced, or objects with kind, namespace and name. Staged (pending) policies
 * decide nothing, profiles are what Calico makes of namespaces.
 */
function policiesOf(value: unknown): readonly string[] {
  if (value === undefined || !isEntry(value)) return [];
  const listed = firstOf(value, 'enforced_policies', 'all_policies', 'enforced');
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: unknown) => {
    if (typeof one === 'string') return fromText(one);
    return isEntry(one) ? fromObject(one) : [];
  });
}

function fromText(value: string): readonly string[] {
  const [, tier = '', place = ''] = value.split('|');
  if (tier === '__PROFILE__' || place.includes('__PROFILE__') || place.includes('staged:'))
    return [];
  const slash = place.indexOf('/');
  const [namespace, own] =
    slash === -1 ? [null, place] : [place.slice(0, slash), place.slice(slash + 1)];
  const kubernetes = own.startsWith('knp.default.');
  const bare = own.replace(/^knp\.default\./, '').replace(`${tier}.`, '');
  const kind = kubernetes
    ? 'NetworkPolicy'
    : namespace === null
      ? 'GlobalNetworkPolicy'
      : 'CalicoNetworkPolicy';
  return named(kind, namespace, bare);
}

function fromObject(hit: Entry): readonly string[] {
  // At the end of a tier the policy that brought the packet there is what denies it.
  const decided = objectAt(hit, 'trigger') ?? hit;
  const kind = text(at(decided, 'kind'));
  if (kind === null || kind === 'Profile' || kind === 'EndOfTier') return [];
  const namespace = text(at(decided, 'namespace'));
  const own = kind === 'CalicoNetworkPolicy' || kind === 'GlobalNetworkPolicy';
  return named(own ? kind : 'NetworkPolicy', namespace, text(at(decided, 'name')) ?? '');
}

/** Names that no policy has are left out: they serve statistics alone. */
function named(kind: string, namespace: string | null, own: string): readonly string[] {
  const place = namespace === null ? own : `${namespace}/${own}`;
  return /^[a-z0-9][-a-z0-9./]{0,506}$/.test(place) ? [`${kind} ${place}`] : [];
}
