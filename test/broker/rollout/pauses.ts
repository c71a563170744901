import type { ReadRecord } from '../../rig/client.ts';

/** One step of the rollout, by the clock that the broker also has. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

/**
 * The longest time in each partition, in milliseconds, that passed between two sanitized records of which the later one came in the phase.
 * Timestamps are the broker's (LogAppendTime).
 */
export function longestPauses(
  { from, until }: Phase,
  partitions: ReadonlyMap<number, readonly ReadRecord[]>,
): readonly number[] {
  return [...partitions.keys()]
    .sort((one, other) => one - other)
    .map((partition) => {
      let longest = 0;
      let last: number | null = null;
      for (const { timestamp } of partitions.get(partition) ?? []) {
        if (last !== null && timestamp >= from && timestamp < until)
          longest = Math.max(longest, timestamp - last);
        last = timestamp;
      }
      return longest;
    });
}
