/**
 * ulogd2 with its JSON output: packets that a rule logs (NFLOG), and events of connection tracking (NFCT).
 *
 * @see https://git.netfilter.org/ulogd2/tree/output/ulogd_output_JSON.c names are `cim_name` where a key has one: src_ip, dest_ip, src_port, dest_port
 * @see https://git.netfilter.org/ulogd2/tree/input/flow/ulogd_inpflow_NFCT.c keys `orig.…`, `reply.…`, `ct.event`, `flow.start.…`
 */
import {
  address,
  at,
  entryOf,
  firstOf,
  isoTime,
  number,
  port,
  text,
  time,
  type Entry,
} from '../json-entry.ts';
import { LineRefusal, parsing, skipped, type LineParser, type ParsedLine } from '../parsed-line.ts';
import { nobody, type FlowPeer, type FlowVerdict, type ObservedFlow } from '../observed-flow.ts';

/** Whether an entry is one of ulogd2's. */
export const isNetfilter = (entry: Entry): boolean =>
  at(entry, 'oob.family') !== undefined ||
  at(entry, 'oob.prefix') !== undefined ||
  at(entry, 'ct.event') !== undefined ||
  at(entry, 'orig.ip.protocol') !== undefined;

/** @param unmarked verdict of packets whose rule has a prefix (`--log-prefix`, `log prefix`) that says neither word, or none */
export function netfilterParser(unmarked: FlowVerdict = 'unknown'): LineParser {
  let newSeen = false;
  return {
    parse: (line, origin) =>
      parsing(() => {
        const { entry } = entryOf(line);
        if (!isNetfilter(entry)) throw new LineRefusal('not-a-flow');
        const protocol = protocolOf(firstOf(entry, 'ip.protocol', 'orig.ip.protocol'));
        if (protocol === undefined) return skipped('other-protocol');
        const event = at(entry, 'ct.event');
        if (event === undefined) return packet(entry, protocol, unmarked, origin);
        if (event === eventNew) newSeen = true;
        // With its hash table ulogd2 tells of a connection only when it ends; without, the end is nothing new.
        if (event === eventNew || (event === eventDestroy && !newSeen))
          return connection(entry, protocol, origin);
        return skipped('part');
      }),
  };
}

/** `NFCT_T_NEW` and `NFCT_T_DESTROY` of libnetfilter_conntrack. */
const [eventNew, eventDestroy] = [1, 4];

function protocolOf(value: unknown): ObservedFlow['protocol'] | undefined {
  switch (value) {
    case 6:
      return 'TCP';
    case 17:
      return 'UDP';
    case 132:
      return 'SCTP';
    default:
      if (typeof value !== 'number') throw new LineRefusal('not-a-flow');
      return undefined;
  }
}

function packet(
  entry: Entry,
  protocol: ObservedFlow['protocol'],
  unmarked: FlowVerdict,
  line: number,
): ParsedLine {
  if (protocol === 'TCP' && at(entry, 'tcp.syn') !== undefined) {
    if (at(entry, 'tcp.syn') !== 1) return skipped('direction-unknown');
    if (at(entry, 'tcp.ack') === 1) return skipped('reply');
  }
  const ports = firstOf(entry, 'dest_port', 'tcp.dport', 'udp.dport', 'sctp.dport');
  const told = {
    at: timeOf(entry, 'oob.time'),
    source: peerOf(firstOf(entry, 'src_ip', 'ip.saddr.str')),
    destination: peerOf(firstOf(entry, 'dest_ip', 'ip.daddr.str')),
    protocol,
    port: port(ports),
    verdict: verdictOf(entry, unmarked),
  };
  return flowOf(told, line);
}

/**
 * A connection is entered into the table when its first packet has passed every rule, so the event says that it was allowed. The
 * reply's source is who really answers, behind the address of a Service.
 */
function connection(entry: Entry, protocol: ObservedFlow['protocol'], line: number): ParsedLine {
  const source = firstOf(entry, 'orig.ip.saddr.str', 'src_ip');
  const answers = firstOf(entry, 'reply.ip.saddr.str', 'orig.ip.daddr.str', 'dest_ip');
  const told = {
    at: timeOf(entry, 'flow.start'),
    source: peerOf(source),
    destination: peerOf(answers),
    protocol,
    port: port(firstOf(entry, 'reply.l4.sport', 'orig.l4.dport', 'dest_port')),
    verdict: 'allowed',
  } as const;
  return flowOf(told, line);
}

/** The log knows neither policies nor which side it stands on. */
function flowOf(
  told: Pick<ObservedFlow, 'at' | 'source' | 'destination' | 'protocol' | 'port' | 'verdict'>,
  line: number,
): ParsedLine {
  return {
    kind: 'flow',
    flow: {
      ...told,
      layer: 'network',
      seenAt: null,
      count: 1,
      policies: [],
      kafka: null,
      origin: { format: 'netfilter', line },
    },
  };
}

const deniedWords =
  /(?:^|[^a-z])(?:drop(?:ped)?|drp|den(?:y|ied)|reject(?:ed)?|block(?:ed)?)(?![a-z])/i;
const allowedWords =
  /(?:^|[^a-z])(?:accept(?:ed)?|acc|allow(?:ed)?|pass(?:ed)?|permit(?:ted)?)(?![a-z])/i;

/** `action` is there with `boolean_label=1`; otherwise the prefix of the rule tells, where it has one of the usual words. */
function verdictOf(entry: Entry, unmarked: FlowVerdict): FlowVerdict {
  const action = text(at(entry, 'action'));
  if (action === 'allowed') return 'allowed';
  if (action === 'blocked') return 'denied';
  if (action !== null) throw new LineRefusal('bad-verdict');
  const prefix = text(at(entry, 'oob.prefix')) ?? '';
  const [denied, allowed] = [deniedWords.test(prefix), allowedWords.test(prefix)];
  return denied === allowed ? unmarked : denied ? 'denied' : 'allowed';
}

function timeOf(entry: Entry, key: 'oob.time' | 'flow.start'): number | null {
  const seconds = number(at(entry, `${key}.sec`));
  if (seconds === null) return isoTime(firstOf(entry, 'timestamp', '@timestamp'));
  return time(seconds * 1000 + (number(at(entry, `${key}.usec`)) ?? 0) / 1000);
}

function peerOf(ip: unknown): FlowPeer {
  const found = address(ip);
  // Without the plugin IP2STR the log has no addresses.
  if (found === null) throw new LineRefusal('bad-address');
  return { ...nobody, address: found };
}
