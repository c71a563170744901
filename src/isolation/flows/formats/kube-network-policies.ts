/**
 * kube-network-policies with `--logging-format=json -v=2`: one line (or two) with the packet, and one with the verdict; both have the id of the packet.
 *
 * @see https://github.com/kubernetes-sigs/kube-network-policies pkg/networkpolicy/engine.go, logging.go, and its page on JSON logging
 */
import {
  address,
  at,
  entryOf,
  isEntry,
  name,
  number,
  objectAt,
  port,
  text,
  time,
  type Entry,
} from '../json-entry.ts';
import { LineRefusal, parsing, skipped, type LineParser, type ParsedLine } from '../parsed-line.ts';
import { nobody, type FlowPeer, type ObservedFlow } from '../observed-flow.ts';

/** Packets whose verdict has not come yet; the agent writes it at once, so that few are ever open. */
const mostOpen = 4096;

const packetMessage = 'Evaluating packet';

const verdicts: ReadonlyMap<string, ObservedFlow['verdict']> = new Map([
  ['Packet accepted by policy', 'allowed'],
  ['Packet denied by egress policy', 'denied'],
  ['Packet denied by ingress policy', 'denied'],
]);

/** Whether an entry is one of the agent's. */
export const isKubeNetworkPolicies = (entry: Entry): boolean => {
  const message = at(entry, 'msg');
  return (
    typeof at(entry, 'ts') === 'number' &&
    typeof message === 'string' &&
    (verdicts.has(message) || (message === packetMessage && isEntry(at(entry, 'packet'))))
  );
};

type Packet = Pick<ObservedFlow, 'source' | 'destination' | 'protocol' | 'port'>;

export function kubeNetworkPoliciesParser(): LineParser {
  /** By who writes, where that is told, and the id of the packet; null: a packet of another protocol. */
  const open = new Map<string, Packet | null>();
  return {
    parse: (line, origin) =>
      parsing(() => {
        const { entry, prefix } = entryOf(line);
        const message = text(at(entry, 'msg'));
        if (message === null) throw new LineRefusal('not-a-flow');
        const verdict = verdicts.get(message);
        if (verdict === undefined && message !== packetMessage) return skipped('other-message');
        const key = `${writer(prefix)} ${idOf(entry)}`;
        if (verdict === undefined) {
          const [oldest] = open.keys();
          if (open.size >= mostOpen && oldest !== undefined) open.delete(oldest);
          open.set(key, packetOf(entry));
          return skipped('part');
        }
        const packet = open.get(key);
        open.delete(key);
        // The packet's line was written before this log began.
        if (packet === undefined) return skipped('part');
        if (packet === null) return skipped('other-protocol');
        return flowOf(packet, verdict, entry, origin);
      }),
  };
}

/** The pod that writes, of `kubectl logs --prefix`; time and stream of a container runtime are not the same in two lines. */
const writer = (prefix: string): string => /^\[pod\/([^\]]+)\]/.exec(prefix)?.[1] ?? '';

function idOf(entry: Entry): number {
  const id = at(entry, 'id');
  if (typeof id !== 'number' || !Number.isInteger(id)) throw new LineRefusal('not-a-flow');
  return id;
}

function flowOf(
  packet: Packet,
  verdict: ObservedFlow['verdict'],
  entry: Entry,
  line: number,
): ParsedLine {
  const seconds = number(at(entry, 'ts'));
  const flow: ObservedFlow = {
    // Milliseconds with a fraction (klog's JSON format).
    at: seconds === null ? null : time(seconds),
    ...packet,
    verdict,
    layer: 'network',
    seenAt: null,
    count: 1,
    policies: [],
    kafka: null,
    origin: { format: 'kube-network-policies', line },
  };
  return { kind: 'flow', flow };
}

function packetOf(entry: Entry): Packet | null {
  const packet = objectAt(entry, 'packet');
  if (packet === undefined) throw new LineRefusal('not-a-flow');
  const protocol = text(at(packet, 'Proto'));
  if (protocol === null) throw new LineRefusal('not-a-flow');
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') return null;
  return {
    source: peerOf(at(entry, 'srcPod'), at(packet, 'SrcIP')),
    destination: peerOf(at(entry, 'dstPod'), at(packet, 'DstIP')),
    protocol,
    port: port(at(packet, 'DstPort')),
  };
}

/** Words for an address that is no pod's. */
const outside: ReadonlySet<string> = new Set(['external', 'none']);

function peerOf(pod: unknown, ip: unknown): FlowPeer {
  const found = { ...nobody, address: address(ip) };
  if (found.address === null) throw new LineRefusal('not-a-flow');
  const given = text(pod);
  if (given === null || outside.has(given)) return found;
  const [namespace, own, ...rest] = given.split('/');
  if (rest.length > 0 || own === undefined) throw new LineRefusal('bad-name');
  return { ...found, namespace: name(namespace), pod: name(own) };
}
