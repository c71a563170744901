import type { SourcePosition } from '../kafka/port.ts';
import type { RouteCounters, ShardReport } from '../telemetry.ts';
import type { TransformedSlice } from './record-transformer.ts';

const maxSamples = 1000;

interface Counters {
  readonly outcomes: Record<string, number>;
  readonly techniques: Record<string, number>;
  headersDropped: number;
  bytesIn: number;
  bytesOut: number;
}

/** Adds up what a shard did between two reports. */
export class Tally {
  #routes = new Map<string, Counters>();
  #committed = 0;
  #aborted = 0;
  #batchLatency: number[] = [];
  #endToEndLatency: number[] = [];
  /** Timestamp of the last record committed per partition. */
  readonly #reached = new Map<string, number>();

  /** Counts slices as committed. `fetchedAt` and `now` are milliseconds since the epoch. */
  committed(
    slices: readonly { readonly output: TransformedSlice; readonly fetchedAt: number }[],
    now: number,
  ): void {
    this.#committed++;
    for (const { output, fetchedAt } of slices) {
      this.#add(output.route, output.counters);
      if (output.lastTimestamp === 0) continue;
      if (this.#batchLatency.length < maxSamples)
        this.#batchLatency.push(Math.max(0, now - fetchedAt));
      if (this.#endToEndLatency.length < maxSamples)
        this.#endToEndLatency.push(Math.max(0, now - output.lastTimestamp));
      this.#reached.set(keyOf(output.source), output.lastTimestamp);
    }
  }

  /** Counts slices of a dry run: nothing was committed. */
  looked(output: TransformedSlice): void {
    this.#add(output.route, output.counters);
    if (output.lastTimestamp !== 0) this.#reached.set(keyOf(output.source), output.lastTimestamp);
  }

  aborted(): void {
    this.#aborted++;
  }

  /** The report since the last one; starts a new period. `now` in milliseconds since the epoch. */
  take(
    shard: number,
    now: number,
    positions: readonly SourcePosition[],
    halted: ShardReport['halted'],
    inFlightBytes: number,
  ): ShardReport {
    const report: ShardReport = {
      shard,
      routes: Object.fromEntries(this.#routes),
      transactions: { committed: this.#committed, aborted: this.#aborted },
      batchLatency: this.#batchLatency,
      endToEndLatency: this.#endToEndLatency,
      positions: positions.map((at) => this.#position(at, now)),
      halted,
      inFlightBytes,
    };
    this.#routes = new Map();
    this.#committed = 0;
    this.#aborted = 0;
    this.#batchLatency = [];
    this.#endToEndLatency = [];
    return report;
  }

  #position(at: SourcePosition, now: number): ShardReport['positions'][number] {
    const lag = Math.max(0, Number(at.end - at.position));
    const reached = this.#reached.get(keyOf(at));
    const lagTime = lag === 0 || reached === undefined ? 0 : Math.max(0, now - reached);
    return { topic: at.topic, partition: at.partition, lag, lagTime };
  }

  #add(route: string, counters: RouteCounters): void {
    let sum = this.#routes.get(route);
    if (sum === undefined) {
      sum = { outcomes: {}, techniques: {}, headersDropped: 0, bytesIn: 0, bytesOut: 0 };
      this.#routes.set(route, sum);
    }
    addTo(sum.outcomes, counters.outcomes);
    addTo(sum.techniques, counters.techniques);
    sum.headersDropped += counters.headersDropped;
    sum.bytesIn += counters.bytesIn;
    sum.bytesOut += counters.bytesOut;
  }
}

function addTo(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
}

function keyOf({
  topic,
  partition,
}: {
  readonly topic: string;
  readonly partition: number;
}): string {
  return `${topic}/${partition}`;
}
