import { KeyRing } from '../../../../src/anonymization/crypto/key-ring.ts';
import { Packer } from '../../../../src/anonymization/formats/pack.ts';
import type { Rewriter } from '../../../../src/anonymization/formats/rewriter.ts';
import type { OutcomeCode } from '../../../../src/anonymization/outcomes.ts';
import { outcomeCodes } from '../../../../src/anonymization/outcomes.ts';
import type { Coordinates } from '../../../../src/anonymization/techniques/column.ts';

export const roots = new Map([['v1', new Uint8Array(32).fill(7)]]);
export const keys = KeyRing.fromRootKeys(roots, 'v1');
export const limits = { recordBytes: 1 << 20, depth: 64, items: 100_000 };
export const nowhere: Coordinates = { topic: null, partition: 0, offsets: new Float64Array(0) };

export interface Rewritten {
  readonly code: OutcomeCode;
  readonly bytes: Buffer | null;
  readonly step: number;
}

/** Rewrites values in one batch and copies the results out. */
export function rewriteAll(
  rewriter: Rewriter,
  values: readonly (Uint8Array | null)[],
  where = nowhere,
): readonly Rewritten[] {
  const packer = new Packer();
  for (const value of values) packer.add(value);
  const result = rewriter.rewrite(packer.packed(), where);
  return values.map((_, index) => {
    const start = result.starts[index]!;
    return {
      code: outcomeCodes[result.outcomes[index]!]!,
      bytes: start < 0 ? null : Buffer.from(result.bytes.slice(start, result.ends[index])),
      step: result.failedSteps[index]!,
    };
  });
}

/** Small and fast, for tests that need millions of numbers: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }
}
