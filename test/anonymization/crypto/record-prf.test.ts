import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockCipher, bytesOf } from '../../../src/anonymization/crypto/aes-ecb.ts';
import { Cmac } from '../../../src/anonymization/crypto/cmac.ts';
import { RecordPrf } from '../../../src/anonymization/crypto/record-prf.ts';
import type { Place } from '../../../src/anonymization/crypto/record-prf.ts';
import { referenceCmac } from '../techniques/reference-crypto.ts';

const batchKey = Buffer.alloc(32, 1);
const rowKey = Buffer.alloc(32, 2);
const prf = new RecordPrf(new Cmac(new BlockCipher(batchKey)), new Cmac(new BlockCipher(rowKey)));

function bits(place: Place, records: readonly number[], perRow = true): readonly string[] {
  const out = new Int32Array(records.length * 4);
  prf.rows(place, Int32Array.from(records), records.length, perRow, out);
  return records.map((_, i) => bytesOf(out).toString('hex', i * 16, i * 16 + 16));
}

function expected(topic: string, partition: number, offset: bigint, ordinal: number): string {
  const place = Buffer.alloc(4);
  place.writeInt32BE(partition);
  const row = Buffer.alloc(12);
  row.writeBigInt64BE(offset);
  row.writeUInt32BE(ordinal, 8);
  const batch = referenceCmac(batchKey, Buffer.concat([Buffer.from(topic), place]));
  return referenceCmac(rowKey, Buffer.concat([batch, row])).toString('hex');
}

const place: Place = {
  topic: 'täst',
  partition: 7,
  offsets: Float64Array.of(0, 5_000_000_000, Number.MAX_SAFE_INTEGER),
};

test('rows are keyed by topic, partition, offset and their ordinal in the record', () => {
  assert.deepEqual(bits(place, [0, 0, 1, 2, 2, 2]), [
    expected('täst', 7, 0n, 0),
    expected('täst', 7, 0n, 1),
    expected('täst', 7, 5_000_000_000n, 0),
    expected('täst', 7, 9_007_199_254_740_991n, 0),
    expected('täst', 7, 9_007_199_254_740_991n, 1),
    expected('täst', 7, 9_007_199_254_740_991n, 2),
  ]);
});

test('rows of one record are equal where the record alone counts', () => {
  const [first, second, third] = bits(place, [0, 0, 1], false);
  assert.equal(first, second);
  assert.notEqual(first, third);
});

test('a record has the same bits in every batch that it is part of', () => {
  const alone = { ...place, offsets: Float64Array.of(5_000_000_000) };
  assert.equal(bits(alone, [0])[0], bits(place, [0, 1, 2])[1]);
  assert.notEqual(bits({ ...alone, partition: 8 }, [0])[0], bits(alone, [0])[0]);
  assert.notEqual(bits({ ...alone, topic: 'test' }, [0])[0], bits(alone, [0])[0]);
});
