import type { RecordLimits } from './rewriter.ts';

/** Limits where the caller states none: far above what sane records need, far below what hurts. */
export const defaultRecordLimits: RecordLimits = {
  recordBytes: 16 * 2 ** 20,
  depth: 64,
  items: 1_000_000,
};
