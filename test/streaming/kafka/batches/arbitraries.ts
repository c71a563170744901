import fc from 'fast-check';
import type { NaiveRecord } from './naive-batches.ts';

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

const edge = fc.constantFrom(0, 1, 63, 64, 127, 128, 191, 192, 193, 300, 9000);
const value = fc.oneof(
  bytes(40),
  edge.map((length) => Buffer.alloc(length, 'edge of a copy')),
);

/** Records in the order of their offsets, with gaps, nulls, empty values, headers and odd timestamps. */
export const someRecords: fc.Arbitrary<NaiveRecord[]> = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.constant(1n), fc.bigInt({ min: 1n, max: 5000n })),
      timestamp: fc.oneof(
        fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
        fc.constantFrom(-1, 0, 2 ** 40, -(2 ** 40), 2 ** 51, -(2 ** 51)),
      ),
      key: fc.option(value),
      value: fc.option(value),
      headers: fc.array(fc.tuple(bytes(8), fc.option(bytes(200))), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((items) => {
    let offset = 1000n;
    return items.map(({ gap, ...record }) => ({ offset: (offset += gap), ...record }));
  });
