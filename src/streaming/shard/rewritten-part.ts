import type { PackedValues, Rewriter } from '../../anonymization/formats/rewriter.ts';
import type { Coordinates } from '../../anonymization/techniques/column.ts';
import type { RecordColumns } from '../kafka/batches/record-columns.ts';

/** One half of the records of a batch, key or value, rewritten; with what quarantine wants to know of each record. */
export interface RewrittenPart {
  /** Answers `null` when the batch can be rewritten at once, else what resolves (never rejects) when it may be tried again. */
  prepare(records: RecordColumns): Promise<void> | null;
  rewrite(records: RecordColumns, where: Coordinates): void;
  /** What is written, valid until the next `rewrite`. */
  readonly values: PackedValues;
  /** Per record, as in `RewrittenValues`. */
  readonly outcomes: Uint8Array;
  readonly fromHeaders: number;
  pathOf(row: number): string;
  schemaIdOf(row: number): number | null;
  digestOf(row: number): string;
  /** The frame that names the output schema of this record, or `null` where none is named. */
  frameOf(row: number): Buffer | null;
  /** Adds the rows seen per technique since the last call. */
  countSteps(into: Record<string, number>): void;
}

/** Adds the rows that a rewriter has seen per technique since the last call. */
export function addStepCounts(rewriter: Rewriter, into: Record<string, number>): void {
  const counts = rewriter.takeStepCounts();
  for (const [index, { technique }] of rewriter.plan.steps.entries()) {
    const count = counts[index] ?? 0;
    if (count > 0) into[technique.technique] = (into[technique.technique] ?? 0) + count;
  }
}
