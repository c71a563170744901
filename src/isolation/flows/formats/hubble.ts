/**
 * Cilium: what the Hubble exporter writes, and `hubble observe -o json`.
 *
 * @see https://docs.cilium.io/en/stable/observability/hubble/configuration/export/
 * @see https://github.com/cilium/cilium/blob/main/api/v1/flow/flow.proto messages `Flow`, `Endpoint`, `Layer4`, enum `Verdict`
 */
import {
  address,
  at,
  entryOf,
  isEntry,
  isLabel,
  isoTime,
  name,
  objectAt,
  port,
  text,
  type Entry,
} from '../json-entry.ts';
import {
  LineRefusal,
  malformed,
  parsing,
  skipped,
  type LineParser,
  type ParsedLine,
} from '../parsed-line.ts';
import { nobody, type FlowPeer, type ObservedFlow } from '../observed-flow.ts';

/** Other members of `ExportEvent`. */
const otherEvents = ['node_status', 'agent_event', 'debug_event', 'nodeStatus'];

export function hubbleParser(): LineParser {
  return {
    parse: (line, number) => parsing(() => parse(entryOf(line).entry, number)),
  };
}

/** Whether an entry is one of Hubble's. */
export const isHubble = (entry: Entry): boolean =>
  isEntry(at(entry, 'flow')) ||
  isEntry(at(entry, 'lost_events')) ||
  otherEvents.some((key) => isEntry(at(entry, key))) ||
  (typeof at(entry, 'verdict') === 'string' && isEntry(at(entry, 'IP')));

function parse(entry: Entry, line: number): ParsedLine {
  if (at(entry, 'lost_events') !== undefined) return skipped('lost');
  if (otherEvents.some((key) => at(entry, key) !== undefined)) return skipped('other-message');
  const flow = objectAt(entry, 'flow') ?? entry;
  const verdict = verdictOf(flow);
  if (verdict === undefined) return skipped('other-message');
  // Layer 7 decides about requests in a connection that exists.
  if (at(flow, 'l7') !== undefined) return skipped('other-message');
  if (at(flow, 'is_reply') === true) return skipped('reply');
  const l4 = objectAt(flow, 'l4');
  if (l4 === undefined) return malformed('not-a-flow');
  const protocol = (['TCP', 'UDP', 'SCTP'] as const).find((one) => at(l4, one) !== undefined);
  if (protocol === undefined) return skipped('other-protocol');
  const ports = objectAt(l4, protocol) ?? {};
  const begun = at(flow, 'is_reply') === false || verdict === 'denied';
  const aside = protocol === 'TCP' ? notTheFirst(objectAt(ports, 'flags'), begun) : undefined;
  if (aside !== undefined) return skipped(aside);
  if (protocol === 'UDP' && !begun && at(flow, 'is_reply') === undefined)
    return skipped('direction-unknown');
  const ip = objectAt(flow, 'IP') ?? {};
  const side = sideOf(flow);
  const found: ObservedFlow = {
    at: isoTime(at(flow, 'time') ?? at(entry, 'time')),
    source: peerOf(objectAt(flow, 'source') ?? {}, at(ip, 'source')),
    destination: peerOf(objectAt(flow, 'destination') ?? {}, at(ip, 'destination')),
    protocol,
    port: port(at(ports, 'destination_port')),
    verdict,
    layer: 'network',
    seenAt: side,
    count: 1,
    policies: policiesOf(flow),
    kafka: null,
    origin: { format: 'hubble', line },
  };
  return { kind: 'flow', flow: found };
}

/** Undefined for events that are no decision. `AUDIT`: a policy would have denied it, and did not, so it passed. */
function verdictOf(flow: Entry): ObservedFlow['verdict'] | undefined {
  const verdict = text(at(flow, 'verdict')) ?? '';
  switch (verdict) {
    case 'FORWARDED':
    case 'REDIRECTED':
    case 'AUDIT':
      return 'allowed';
    case 'DROPPED':
      return 'denied';
    case 'VERDICT_UNKNOWN':
    case 'ERROR':
      return 'unknown';
    case 'TRACED':
    case 'TRANSLATED':
      return undefined;
    default:
      throw new LineRefusal(verdict === '' ? 'not-a-flow' : 'bad-verdict');
  }
}

/**
 * Why a TCP packet is not taken for the beginning of a connection. `begun`: the log says which way the connection goes, or a policy refused the
 * packet, which then is a first one.
 */
function notTheFirst(
  flags: Entry | undefined,
  begun: boolean,
): 'reply' | 'direction-unknown' | undefined {
  if (flags === undefined) return begun ? undefined : 'direction-unknown';
  const syn = at(flags, 'SYN') === true;
  const ack = at(flags, 'ACK') === true;
  if (syn && ack) return 'reply';
  return syn || begun ? undefined : 'direction-unknown';
}

function sideOf(flow: Entry): ObservedFlow['seenAt'] {
  switch (text(at(flow, 'traffic_direction')) ?? '') {
    case 'EGRESS':
      return 'source';
    case 'INGRESS':
      return 'destination';
    default:
      return null;
  }
}

function peerOf(endpoint: Entry, ip: unknown): FlowPeer {
  const labels = list(at(endpoint, 'labels'));
  const own = labels.flatMap((label) =>
    label.startsWith('k8s:') && isLabel(label.slice(4)) ? [label.slice(4)] : [],
  );
  const reserved = labels.find((label) => /^reserved:[a-z0-9-]{1,40}$/.test(label));
  const workload = objectsOf(at(endpoint, 'workloads'))[0];
  const peer = {
    ...nobody,
    namespace: name(at(endpoint, 'namespace')),
    pod: name(at(endpoint, 'pod_name')),
    workload: workload === undefined ? null : name(at(workload, 'name')),
    address: address(ip),
    labels: own.length === 0 ? null : own,
    reserved: reserved === undefined ? null : reserved.slice('reserved:'.length),
  };
  if (peer.pod === null && peer.address === null && peer.reserved === null)
    throw new LineRefusal('not-a-flow');
  return peer;
}

/** `Policy` messages that allowed or denied the flow. */
function policiesOf(flow: Entry): readonly string[] {
  const keys = ['egress_denied_by', 'ingress_denied_by', 'egress_allowed_by', 'ingress_allowed_by'];
  return keys.flatMap((key) =>
    objectsOf(at(flow, key)).flatMap((policy) => {
      const [kind, own] = [text(at(policy, 'kind')), name(at(policy, 'name'))];
      const namespace = name(at(policy, 'namespace'));
      if (own === null) return [];
      const word = kind !== null && /^[A-Za-z]{1,60}$/.test(kind) ? kind : 'NetworkPolicy';
      return [`${word} ${namespace === null ? '' : `${namespace}/`}${own}`];
    }),
  );
}

function list(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new LineRefusal('not-a-flow');
  return value.filter((one): one is string => typeof one === 'string');
}

function objectsOf(value: unknown): readonly Entry[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new LineRefusal('not-a-flow');
  return value.filter(isEntry);
}
