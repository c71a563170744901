import { serializeError } from '../../foundation/errors.ts';
import type { EncodedSlice, Generation, OffsetToCommit, Sink } from '../kafka/port.ts';
import type { ReadySlice } from './ready-slices.ts';

/**
 * The sinks of one shard as one: outputs on other clusters first, then the home transaction with the offsets, so that a crash between the two
 * repeats records, and never loses one. Within one cluster there is nothing between: exactly once.
 */
export class ShardSinks {
  readonly #sinks: ReadonlyMap<string, Sink>;
  readonly #homeCluster: string;
  readonly #home: Sink;
  /** True until every sink is open, and again once one of them could not even abort. */
  #broken = true;

  constructor(sinks: ReadonlyMap<string, Sink>, homeCluster: string) {
    const home = sinks.get(homeCluster);
    if (home === undefined) throw new TypeError('give the home cluster a sink: it commits offsets');
    this.#sinks = sinks;
    this.#homeCluster = homeCluster;
    this.#home = home;
  }

  /** Opens what is not open, fencing a predecessor. */
  async open(): Promise<void> {
    if (!this.#broken) return;
    for (const sink of this.#sinks.values()) await sink.open();
    this.#broken = false;
  }

  /** Writes slices and commits their offsets. After an error: {@link ShardSinks.abort}, then {@link ShardSinks.open}. */
  async write(taken: readonly ReadySlice[], generation: Generation): Promise<void> {
    const outputs = byCluster(taken);
    for (const [cluster, slices] of outputs) {
      if (cluster === this.#homeCluster) continue;
      const sink = this.#sinks.get(cluster)!;
      sink.begin();
      await sink.produce(slices);
      await sink.end(true);
    }
    const own = outputs.get(this.#homeCluster) ?? [];
    this.#home.begin();
    if (own.length > 0) await this.#home.produce(own);
    await this.#home.commitOffsets(offsetsOf(taken), generation);
    await this.#home.end(true);
  }

  /** Undoes a transaction that failed with `error`. Throws only when another instance took over. */
  async abort(error: unknown): Promise<void> {
    // Whether it committed is for `open` to find out: an abort might meet the next epoch.
    if (serializeError(error).code === 'TRANSACTION_OUTCOME_UNKNOWN') {
      this.#broken = true;
      return;
    }
    for (const sink of this.#sinks.values())
      try {
        await sink.end(false);
      } catch (endError) {
        if (serializeError(endError).code === 'SINK_FENCED') throw endError;
        this.#broken = true;
      }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#sinks.values()].map((sink) => sink.close()));
  }
}

function byCluster(taken: readonly ReadySlice[]): Map<string, EncodedSlice[]> {
  const outputs = new Map<string, EncodedSlice[]>();
  for (const { output } of taken)
    for (const { cluster, slice } of output.outputs) {
      const slices = outputs.get(cluster);
      if (slices === undefined) outputs.set(cluster, [slice]);
      else slices.push(slice);
    }
  return outputs;
}

/** The last offset of each partition; slices of one partition follow each other. */
function offsetsOf(taken: readonly ReadySlice[]): OffsetToCommit[] {
  const offsets = new Map<string, OffsetToCommit>();
  for (const { output } of taken) {
    const { topic, partition } = output.source;
    offsets.set(`${topic}/${partition}`, { topic, partition, next: output.next });
  }
  return [...offsets.values()];
}
