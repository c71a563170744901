/** Flows against the map as they come: anomalies at once, each once, in bounded memory. */
import { anomaly, type CountedAnomaly } from './anomaly.ts';
import { AnomalyLedger, mostAnomalies } from './anomaly-ledger.ts';
import { BoundedMap } from './bounded-map.ts';
import { RecentCache } from './recent-cache.ts';
import { DenialRate, defaultBurst, type BurstLimit } from './denial-rate.ts';
import { Expectations } from './expectations.ts';
import { KafkaExpectations } from './kafka-anomalies.ts';
import { networkVerdict, type NetworkVerdict } from './network-anomalies.ts';
import { nameOf, Peers, type Peer } from './peers.ts';
import { defaultClockLimits, StreamClock, type ClockLimits } from './stream-clock.ts';
import { ignorance, unseenFlow, unusedPolicy } from './unseen.ts';
import { atLeast, type Finding, type Severity } from '../findings/finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Declared } from '../topology/placement.ts';
import type { FlowJudge } from './flow-judge.ts';
import type { FlowVerdict, ObservedFlow } from './observed-flow.ts';
import type { PodDirectory } from './pod-directory.ts';

export interface DetectorOptions {
  readonly map: FlowMap;
  readonly declared: Declared;
  /** Whose pods and addresses they are; an empty one where nothing is known. */
  readonly directory: PodDirectory;
  /** The policies, where they are known; null leaves out what needs them. */
  readonly judge: FlowJudge | null;
  /** Called for each anomaly when it is new. */
  readonly tell: (anomaly: CountedAnomaly) => void;
  /** Our own clock: milliseconds since 1970. */
  readonly now: () => number;
  readonly burst?: BurstLimit;
  readonly clock?: ClockLimits;
  readonly mostAnomalies?: number;
}

/** What was watched, and what was found. */
export interface WatchSummary {
  readonly flows: number;
  /** Flows between peers that are no business of the shield. */
  readonly elsewhere: number;
  readonly verdicts: Readonly<Record<FlowVerdict, number>>;
  /** Flows with an end about which nothing but an address or a name is known. */
  readonly unresolved: number;
  /** Entries much older than those before them. */
  readonly late: number;
  readonly declared: { readonly seen: number; readonly total: number };
  readonly anomalies: readonly CountedAnomaly[];
  /** Anomalies and sources that had to be forgotten to keep within memory. */
  readonly evicted: number;
}

/** Pairs of peers whose verdict is remembered. */
const mostPairs = 20_000;

interface Stream {
  readonly clock: StreamClock;
  /** Whether it ever told of the network. */
  network: boolean;
}

export class Detector {
  readonly #options: DetectorOptions;
  readonly #expectations: Expectations;
  readonly #kafka: KafkaExpectations;
  readonly #peers: Peers;
  readonly #ledger: AnomalyLedger;
  readonly #bursts: DenialRate;
  readonly #pairs = new RecentCache<string, NetworkVerdict>(mostPairs);
  readonly #requests = new RecentCache<string, Finding | null>(mostPairs);
  /** What the network log said last about a source at any broker. */
  readonly #atBrokers = new BoundedMap<string, 'allowed' | 'denied'>(mostPairs);
  readonly #streams = new Map<string, Stream>();
  readonly #seen: Uint8Array;
  readonly #policies = new Set<string>();
  readonly #verdicts: Record<FlowVerdict, number> = { allowed: 0, denied: 0, unknown: 0 };
  #worst: Severity | null = null;
  #flows = 0;
  #elsewhere = 0;
  #connections = 0;
  /** Connections of which nobody can tell whether they are any business of the shield. */
  #blind = 0;
  #unresolved = 0;
  #late = 0;

  constructor(options: DetectorOptions) {
    const { map, declared, directory, tell } = options;
    this.#options = options;
    this.#expectations = new Expectations(map);
    this.#kafka = new KafkaExpectations(map, declared);
    this.#peers = new Peers(map, directory);
    this.#ledger = new AnomalyLedger((one) => {
      const { severity } = one.finding;
      if (this.#worst === null || atLeast(severity, this.#worst)) this.#worst = severity;
      tell(one);
    }, options.mostAnomalies ?? mostAnomalies);
    this.#bursts = new DenialRate(options.burst ?? defaultBurst);
    this.#seen = new Uint8Array(map.flows.length);
  }

  /** Takes one flow of a stream. */
  observe(flow: ObservedFlow, stream: string): void {
    this.#flows += 1;
    this.#verdicts[flow.verdict] += flow.count;
    this.#time(flow, stream);
    const source = this.#peers.of(flow.source);
    if (flow.layer === 'kafka') this.#request(flow, source, stream);
    else this.#connection(flow, source, stream);
  }

  /** Entries came that are no flows: the source is alive. */
  hear(stream: string): void {
    this.#stream(stream).clock.hear();
  }

  /** The source says that it lost entries. */
  lost(stream: string, count: number): void {
    const finding = anomaly('STREAM_LOST', {
      subject: stream,
      message: 'the source reports lost entries: what they held was not watched',
    });
    this.#ledger.add(finding, { at: this.#stream(stream).clock.newest, count, origin: null });
  }

  /** Looks at our own clock: a source that says nothing is only noticed so. */
  tick(): void {
    for (const [name, { clock }] of this.#streams) {
      const quiet = clock.silence();
      if (quiet !== null)
        this.#silent(name, `nothing for ${seconds(quiet)}, and still nothing`, this.#options.now());
    }
  }

  /** The worst severity of all that was told, also of what was forgotten since; null where nothing was. */
  get worst(): Severity | null {
    return this.#worst;
  }

  /** What changes as flows come, without the cost of a summary. */
  get progress(): Pick<WatchSummary, 'declared' | 'evicted'> {
    return {
      declared: {
        seen: this.#seen.reduce((sum, one) => sum + one, 0),
        total: this.#seen.length,
      },
      evicted: this.#ledger.evicted + this.#bursts.evicted + this.#atBrokers.evicted,
    };
  }

  /** What was found until now, with what was not seen. */
  summary(): WatchSummary {
    const unseen = this.#unseen();
    return {
      flows: this.#flows,
      elsewhere: this.#elsewhere,
      verdicts: { ...this.#verdicts },
      unresolved: this.#unresolved,
      late: this.#late,
      anomalies: [...this.#ledger.all(), ...unseen],
      ...this.progress,
    };
  }

  #connection(flow: ObservedFlow, source: Peer, stream: string): void {
    const destination = this.#peers.of(flow.destination);
    const { protocol, port, verdict, seenAt } = flow;
    if (!source.resolved || !destination.resolved) this.#unresolved += 1;
    const key = `${source.id} ${destination.id} ${protocol} ${port ?? ''} ${verdict} ${seenAt ?? ''}`;
    let judged = this.#pairs.get(key);
    if (judged === undefined) {
      judged = this.#judge(flow, source, destination);
      this.#pairs.set(key, judged);
    }
    for (const policy of flow.policies) this.#policies.add(policy);
    for (const index of judged.match.flows) this.#seen[index] = 1;
    this.#connections += 1;
    if (!judged.concerns) this.#elsewhere += 1;
    if (!judged.concerns && (isBlind(source) || isBlind(destination))) this.#blind += 1;
    for (const finding of judged.findings) this.#add(finding, flow, stream);
    if (!judged.concerns) return;
    if (verdict === 'denied') this.#burst(flow, source, stream);
    if (verdict !== 'unknown' && this.#expectations.brokersOf(destination).length > 0)
      this.#remember(source, verdict, seenAt);
  }

  #judge(flow: ObservedFlow, source: Peer, destination: Peer): NetworkVerdict {
    const { judge } = this.#options;
    const judgement =
      judge === null ? null : judge.judge(source, destination, flow.protocol, flow.port);
    if (judgement !== null && judgement.verdict !== 'unjudged')
      for (const { policy } of judgement.deciders) this.#policies.add(policy);
    return networkVerdict(this.#expectations, judgement, { source, destination, flow });
  }

  #remember(source: Peer, verdict: 'allowed' | 'denied', seenAt: ObservedFlow['seenAt']): void {
    if (verdict === 'allowed' && seenAt === 'source') return;
    const known = this.#atBrokers.get(source.label);
    if (known !== 'allowed') this.#atBrokers.set(source.label, verdict);
  }

  #burst(flow: ObservedFlow, source: Peer, stream: string): void {
    if (flow.at === null) return;
    const { count, window } = this.#options.burst ?? defaultBurst;
    const rate = this.#bursts.add(`${stream}|${source.label}`, flow.at, flow.count);
    if (rate === null) return;
    const finding = anomaly('DENIED_BURST', {
      subject: nameOf(source),
      message: `denied ${rate} times within ${seconds(window)} (limit ${count})`,
      path: [nameOf(source)],
    });
    this.#add(finding, flow, stream);
  }

  #request(flow: ObservedFlow, source: Peer, stream: string): void {
    if (!source.resolved) this.#unresolved += 1;
    if (flow.kafka === null || flow.verdict === 'unknown') return;
    const networkDenied = this.#atBrokers.get(source.label) === 'denied';
    const { principal, operation, resource, name } = flow.kafka;
    const key = `${source.id} ${flow.verdict} ${networkDenied} ${operation} ${resource} ${name ?? ''} ${principal}`;
    let finding = this.#requests.get(key);
    if (finding === undefined) {
      const { kafka: request, verdict } = flow;
      finding = this.#kafka.judge({ source, request, verdict, networkDenied });
      this.#requests.set(key, finding);
    }
    if (finding !== null) this.#add(finding, flow, stream);
  }

  #add(finding: Finding, { at, count, origin }: ObservedFlow, stream: string): void {
    this.#ledger.add(finding, { at, count, origin: { source: stream, ...origin } });
  }

  #time(flow: ObservedFlow, name: string): void {
    const stream = this.#stream(name);
    stream.network ||= flow.layer === 'network';
    const remark = stream.clock.see(flow.at);
    if (remark === null) return;
    switch (remark.kind) {
      case 'gap': {
        const { from, to } = remark;
        this.#silent(name, `nothing for ${seconds(to - from)} until ${iso(to)}`, to);
        return;
      }
      case 'late':
        this.#late += 1;
        this.#skew(flow, name, 'older than the entries before it');
        return;
      case 'future':
        this.#skew(flow, name, 'from the future');
    }
  }

  #skew(flow: ObservedFlow, subject: string, what: string): void {
    const message = `an entry is ${what}: it was judged, and its time is not relied on`;
    this.#add(anomaly('CLOCK_SKEW', { subject, message, path: [what] }), flow, subject);
  }

  #silent(subject: string, message: string, at: number): void {
    this.#ledger.add(anomaly('STREAM_SILENT', { subject, message }), {
      at,
      count: 1,
      origin: null,
    });
  }

  #stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      const { clock = defaultClockLimits, now } = this.#options;
      stream = { clock: new StreamClock(clock, now), network: false };
      this.#streams.set(name, stream);
    }
    return stream;
  }

  /** Only a network log can show that something is not used. */
  #unseen(): readonly CountedAnomaly[] {
    if (![...this.#streams.values()].some(({ network }) => network)) return [];
    const { map, judge } = this.#options;
    return [
      ...ignorance(this.#blind, this.#connections),
      ...map.flows.filter((_, index) => this.#seen[index] === 0).map(unseenFlow),
      ...(judge?.policies ?? [])
        .filter(({ policy }) => !this.#policies.has(policy))
        .map(unusedPolicy),
    ];
  }
}

/** A pod, or an address that may be a pod's, about which nothing is known. */
const isBlind = ({ resolved, outside }: Peer): boolean => !resolved && !outside;

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;
const iso = (at: number): string => new Date(at).toISOString();
