/** Generalized numbers: multiples of a step, or one of a list of bounds. */
import type { TechniqueSpec } from '../../../anonymization/rules/technique-spec.ts';
import type { LeafType } from '../../../anonymization/schema/tree.ts';
import type { LeafValue } from '../leaf.ts';
import { scaled, scaleOf, unscaledOf } from './decimal.ts';
import { form, type Expectation } from './form.ts';

type Bucket = Extract<TechniqueSpec, { technique: 'bucket' }>;

export function bucketForm({ size, bounds }: Bucket, leaf: LeafType): Expectation {
  return bounds === undefined ? multiplesForm(size ?? 1, leaf) : boundsForm(bounds, leaf);
}

/** Multiples of `step`; of reals, the nearest that the type can hold. */
export function multiplesForm(step: number, leaf: LeafType): Expectation {
  const scale = scaleOf(leaf);
  if (leaf.kind === 'float' || leaf.kind === 'double') {
    // Half a step off is the farthest that a value can be, so a thousandth of one is still a fair judgement.
    const precision = leaf.kind === 'float' ? 2 ** -22 : 2 ** -50;
    return form((value) => {
      if (typeof value !== 'number') return false;
      const nearest = Math.round(value / step) * step;
      return Math.abs(value - nearest) <= Math.max(step / 1000, Math.abs(value) * precision);
    });
  }
  const whole = scale === null ? BigInt(step) : scaled(step, scale);
  return form((value) => {
    const integer = integerOf(value);
    return integer !== null && integer % whole === 0n;
  });
}

function boundsForm(bounds: readonly number[], leaf: LeafType): Expectation {
  const scale = scaleOf(leaf);
  if (leaf.kind === 'float' || leaf.kind === 'double') {
    const known = new Set(leaf.kind === 'float' ? bounds.map(Math.fround) : bounds);
    return form((value) => typeof value === 'number' && known.has(value));
  }
  const known = new Set(bounds.map((one) => (scale === null ? BigInt(one) : scaled(one, scale))));
  return form((value) => {
    const integer = integerOf(value);
    return integer !== null && known.has(integer);
  });
}

function integerOf(value: LeafValue): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return BigInt(value);
  return Buffer.isBuffer(value) ? unscaledOf(value) : null;
}
