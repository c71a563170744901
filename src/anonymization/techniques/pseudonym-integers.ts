import type { LinkContext } from './technique.ts';
import type { Transform } from './column.ts';
import type { PseudonymizeSpec } from './pseudonymize.ts';

/**
 * Integers to integers of the same width: FF1 over 31 or 63 magnitude bits, the sign kept. The key is of its width, so that what an int and a
 * long show of one value can't be compared.
 */
export function pseudonymizeIntegers(
  { domain = '' }: PseudonymizeSpec,
  { keys, input }: LinkContext,
): Transform {
  const width = input.kind === 'int' ? 32 : 64;
  const ff1 = keys.ff1({ domain, technique: 'pseudonymize', type: 'integer', detail: `${width}` });
  return (column, out) => {
    ff1.integers(column.low, column.high, column.count, width, out.low, out.high);
  };
}
