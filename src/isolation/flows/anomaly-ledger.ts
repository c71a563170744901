/** Anomalies, each once, with counts: memory has a bound, and what was forgotten is counted. */
import { compareFindings, type Finding } from '../findings/finding.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CountedAnomaly } from './anomaly.ts';

/** Anomalies that are told apart at once. */
export const mostAnomalies = 10_000;

type Sighting = Pick<CountedAnomaly, 'origin'> & {
  readonly at: number | null;
  readonly count: number;
};

interface Entry {
  readonly finding: Finding;
  readonly origin: CountedAnomaly['origin'];
  count: number;
  firstSeen: number | null;
  lastSeen: number | null;
}

/** Collects anomalies; the same finding again only adds to its count. */
export class AnomalyLedger {
  readonly #entries: BoundedMap<string, Entry>;
  /** Keys of findings that come again as the same object. */
  readonly #keys = new WeakMap<Finding, string>();
  readonly #tell: (anomaly: CountedAnomaly) => void;

  /** @param tell called for each anomaly when it is new */
  constructor(tell: (anomaly: CountedAnomaly) => void, most = mostAnomalies) {
    this.#tell = tell;
    this.#entries = new BoundedMap(most);
  }

  /** Anomalies that had to be forgotten; seen again they are told again. */
  get evicted(): number {
    return this.#entries.evicted;
  }

  add(finding: Finding, { at, count, origin }: Sighting): void {
    let key = this.#keys.get(finding);
    if (key === undefined) {
      key = `${finding.code}|${finding.subject}|${finding.path.join('|')}|${finding.severity}`;
      this.#keys.set(finding, key);
    }
    const known = this.#entries.get(key);
    if (known === undefined) {
      const entry = { finding, origin, count, firstSeen: at, lastSeen: at };
      this.#entries.set(key, entry);
      this.#tell({ ...entry });
      return;
    }
    known.count += count;
    if (at === null) return;
    known.firstSeen = known.firstSeen === null ? at : Math.min(known.firstSeen, at);
    known.lastSeen = known.lastSeen === null ? at : Math.max(known.lastSeen, at);
  }

  /** Everything that is remembered, worst first. */
  all(): readonly CountedAnomaly[] {
    return [...this.#entries.values()]
      .map((entry) => ({ ...entry }))
      .toSorted((a, b) => compareFindings(a.finding, b.finding));
  }
}
