/** Recorded flows judged by policies that are not applied yet: what would break, what would open, and what can't be told. */
import { BoundedMap } from './bounded-map.ts';
import { Expectations } from './expectations.ts';
import { nameOf, Peers, type Peer } from './peers.ts';
import type { Decider } from '../findings/finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Protocol } from '../manifests/objects.ts';
import type { FlowJudge, UnjudgedReason } from './flow-judge.ts';
import type { FlowVerdict, ObservedFlow } from './observed-flow.ts';
import type { PodDirectory } from './pod-directory.ts';

/** What becomes of a pair under the proposed policies. */
export type ReplayOutcome = 'breaks' | 'opens' | 'unjudged' | 'stays';

/** All flows of one pair of peers at one port. */
export interface ReplayedPair {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  readonly port: number | null;
  readonly outcome: ReplayOutcome;
  /** As recorded; where the log doesn't tell, as the baseline judges. */
  readonly before: FlowVerdict;
  readonly after: FlowVerdict;
  /** Whether `before` is the log's word or the baseline's. */
  readonly beforeBy: 'log' | 'baseline';
  /** Null unless the outcome is `unjudged`. */
  readonly why: UnjudgedReason | 'the log does not tell whether it was allowed' | null;
  /** Who decides under the proposed policies. */
  readonly deciders: readonly Decider[];
  /** Connections by recorded verdict. */
  readonly counts: Readonly<Record<FlowVerdict, number>>;
  readonly firstSeen: number | null;
  readonly lastSeen: number | null;
  /** Null where there is no map to ask. */
  readonly declared: boolean | null;
  readonly raw: boolean | null;
}

export interface ReplayOptions {
  readonly proposed: FlowJudge;
  /** The policies of the time of the recording; null where they are not given. */
  readonly baseline: FlowJudge | null;
  readonly directory: PodDirectory;
  /** Null where no configuration is given: nothing is known to be declared or raw then. */
  readonly map: FlowMap | null;
}

/** Pairs that are told apart. */
const mostPairs = 200_000;

interface Draft {
  readonly source: Peer;
  readonly destination: Peer;
  readonly protocol: Protocol;
  readonly port: number | null;
  readonly counts: Record<FlowVerdict, number>;
  /** Connections that passed the source's side, without a word of the destination's. */
  left: number;
  firstSeen: number | null;
  lastSeen: number | null;
}

/** Collects flows, then judges each pair once. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #peers: Peers;
  readonly #pairs = new BoundedMap<string, Draft>(mostPairs);
  #requests = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#peers = new Peers(options.map ?? { parties: [] }, options.directory);
  }

  /** Pairs that had to be forgotten: the answer is not whole then. */
  get evicted(): number {
    return this.#pairs.evicted;
  }

  /** Decisions of the authorizer, about which network policies have nothing to say. */
  get requests(): number {
    return this.#requests;
  }

  observe(flow: ObservedFlow): void {
    if (flow.layer === 'kafka') {
      this.#requests += flow.count;
      return;
    }
    const [source, destination] = [this.#peers.of(flow.source), this.#peers.of(flow.destination)];
    const draft = this.#draft(flow, source, destination);
    if (flow.verdict === 'allowed' && flow.seenAt === 'source') draft.left += flow.count;
    else draft.counts[flow.verdict] += flow.count;
    if (flow.at === null) return;
    draft.firstSeen = draft.firstSeen === null ? flow.at : Math.min(draft.firstSeen, flow.at);
    draft.lastSeen = draft.lastSeen === null ? flow.at : Math.max(draft.lastSeen, flow.at);
  }

  /** Every pair, those that change first. */
  pairs(): readonly ReplayedPair[] {
    const expectations = this.#options.map === null ? null : new Expectations(this.#options.map);
    return [...this.#pairs.values()]
      .map((draft) => this.#judge(draft, expectations))
      .toSorted((a, b) => compare(orderKey(a), orderKey(b)));
  }

  #draft(flow: ObservedFlow, source: Peer, destination: Peer): Draft {
    const { protocol, port } = flow;
    const end = (peer: Peer): string => `${peer.label}#${peer.shape ?? ''}#${nameOf(peer)}`;
    const key = `${end(source)}|${end(destination)}|${protocol} ${port ?? ''}`;
    let draft = this.#pairs.get(key);
    if (draft === undefined) {
      const counts = { allowed: 0, denied: 0, unknown: 0 };
      const times = { firstSeen: null, lastSeen: null };
      draft = { source, destination, protocol, port, counts, left: 0, ...times };
      this.#pairs.set(key, draft);
    }
    return draft;
  }

  #judge(draft: Draft, expectations: Expectations | null): ReplayedPair {
    const { source, destination, protocol, port, left, firstSeen, lastSeen } = draft;
    const { proposed, baseline } = this.#options;
    const recorded = recordedVerdict(draft);
    const earlier =
      recorded === 'unknown' ? baseline?.judge(source, destination, protocol, port) : undefined;
    const before =
      earlier === undefined || earlier.verdict === 'unjudged' ? recorded : earlier.verdict;
    const judged = proposed.judge(source, destination, protocol, port);
    const standing = expectations?.match(source, destination, draft).standing;
    const common = {
      source: nameOf(source),
      destination: nameOf(destination),
      protocol,
      port,
      before,
      beforeBy: recorded === 'unknown' && before !== 'unknown' ? 'baseline' : 'log',
      counts: { ...draft.counts, allowed: draft.counts.allowed + left },
      firstSeen,
      lastSeen,
      declared: standing === undefined ? null : standing !== 'undeclared',
      raw: expectations === null ? null : expectations.isRaw(destination),
    } as const;
    if (judged.verdict === 'unjudged')
      return { ...common, outcome: 'unjudged', after: 'unknown', why: judged.why, deciders: [] };
    const { verdict: after, deciders } = judged;
    const outcome = outcomeOf(common, after);
    const why = outcome === 'unjudged' ? 'the log does not tell whether it was allowed' : null;
    return { ...common, outcome, after, why, deciders };
  }
}

/** Where nobody knows what was, only what must never be counts as a change: a declared flow denied, a raw broker open. */
function outcomeOf(
  { before, declared, raw }: Pick<ReplayedPair, 'before' | 'declared' | 'raw'>,
  after: 'allowed' | 'denied',
): ReplayOutcome {
  if (before === after) return 'stays';
  const changed = after === 'denied' ? 'breaks' : 'opens';
  if (before !== 'unknown') return changed;
  const matters = after === 'denied' ? declared === true : declared === false && raw === true;
  return matters ? changed : 'unjudged';
}

/** Allowed where it ever was, since the proposal would then take something away. */
function recordedVerdict({ counts, left }: Draft): FlowVerdict {
  if (counts.allowed > 0) return 'allowed';
  if (counts.denied > 0) return 'denied';
  return left > 0 ? 'allowed' : 'unknown';
}

const outcomes: readonly ReplayOutcome[] = ['breaks', 'opens', 'unjudged', 'stays'];

const orderKey = ({ outcome, source, destination, protocol, port }: ReplayedPair): string =>
  [
    outcomes.indexOf(outcome),
    source,
    destination,
    protocol,
    String(port ?? 0).padStart(5, '0'),
  ].join('|');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
