import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FetchPosition } from '../../../../src/streaming/kafka/source/fetch-position.ts';
import type { RawSlice } from '../../../../src/streaming/kafka/port.ts';

const generation = { id: 1, memberId: 'm', groupInstanceId: null };
const position = (): FetchPosition =>
  new FetchPosition({ topic: 't', partition: 1, topicId: 'id', committed: true, offset: 5n });
const slice = (from: bigint, next: bigint, text: string): RawSlice => ({
  topic: 't',
  partition: 1,
  generation,
  from,
  next,
  bytes: Buffer.from(text),
  aborted: [{ producerId: from, firstOffset: from }],
  end: next + 100n,
});

it('hands out what was fetched as one slice, in order, with slack behind it', () => {
  const one = position();
  one.add(slice(5n, 8n, 'abc'));
  one.add(slice(8n, 9n, 'd'));
  assert.equal(one.bytes, 4);
  assert.equal(one.next, 9n);
  assert.equal(one.taken, 5n);
  const taken = one.take()!;
  assert.equal(taken.bytes.toString(), 'abcd');
  assert.equal(taken.bytes.byteOffset + 4 + 16 <= taken.bytes.buffer.byteLength, true);
  assert.equal(taken.from, 5n);
  assert.equal(taken.next, 9n);
  assert.equal(taken.end, 109n);
  assert.deepEqual(
    taken.aborted.map(({ producerId }) => producerId),
    [5n, 8n],
  );
  assert.equal(one.taken, 9n);
  assert.equal(one.bytes, 0);
  assert.equal(one.take(), null);
});

it('hands out a single slice as it is', () => {
  const one = position();
  const only = slice(5n, 8n, 'abc');
  one.add(only);
  assert.equal(one.take(), only);
});
