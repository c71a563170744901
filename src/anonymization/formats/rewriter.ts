import type { Coordinates } from '../techniques/column.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * Byte strings of one batch, packed: value `i` is `bytes[starts[i]..ends[i])`, and `starts[i] < 0` is null (a tombstone).
 * At least 16 readable bytes follow the last value in `bytes`, so that readers may look ahead.
 */
export interface PackedValues {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** The result of a rewrite. Buffers belong to the rewriter and are valid until its next call. */
export interface RewrittenValues extends PackedValues {
  /** Per record: 0 written, 1 dropped, else the number of the quarantine reason (see `outcomes.ts`). */
  readonly outcomes: Uint8Array;
  /** Per record: index of the plan step at which it failed, or -1 where no step is known. */
  readonly failedSteps: Int32Array;
}

/** Bounds on what a record may ask of the engine; a violation quarantines that record only. */
export interface RecordLimits {
  readonly recordBytes: number;
  readonly depth: number;
  /** Items of all arrays and maps of one record. */
  readonly items: number;
}

/** A plan linked for one thread: closures over the plan's program, columns and keys. Not re-entrant. */
export interface Rewriter {
  readonly plan: Plan;
  /** Rewrites a batch. Never throws for what the bytes hold: every record gets an outcome. A null value stays null and is written. */
  rewrite(values: PackedValues, where: Coordinates): RewrittenValues;
  /** Rows seen per step since the last call, for metrics; resets the counts. */
  takeStepCounts(): Float64Array;
}
