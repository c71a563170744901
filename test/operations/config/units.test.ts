import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, renderSize, size } from '../../../src/operations/config/units.ts';

test('durations are read in every unit', () => {
  const schema = duration('1ms', '10d', '30s');
  const read = ['20ms', '30s', '5m', '2h', '7d', undefined].map((text) => schema.parse(text));
  assert.deepEqual(read, [20, 30_000, 300_000, 7_200_000, 604_800_000, 30_000]);
});

test('sizes are read in every unit, decimal and binary', () => {
  const schema = size('1B', '10GiB', '1MiB');
  const texts = ['5B', '64KiB', '16MiB', '1GiB', '900kB', '16MB', '1GB', undefined];
  assert.deepEqual(
    texts.map((text) => schema.parse(text)),
    [5, 65_536, 16_777_216, 1_073_741_824, 900_000, 16_000_000, 1_000_000_000, 1_048_576],
  );
});

for (const text of ['', '5', '5 s', '-5s', '1.5s', '5S', '1e3s', '99999999999999s', 5, null])
  test(`${JSON.stringify(text)} is no duration`, () => {
    assert.equal(duration('1ms', '10d', '1s').safeParse(text).success, false);
  });

test('sizes are shown in the largest unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 1_572_864, 2 ** 50].map(renderSize), [
    '0 B',
    '1023 B',
    '1 KiB',
    '1.5 MiB',
    '1024 TiB',
  ]);
});
