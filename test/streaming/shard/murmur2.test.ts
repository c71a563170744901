import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2, partitionOf } from '../../../src/streaming/shard/murmur2.ts';

// Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2.
for (const [text, hash] of [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
] as const)
  test(`murmur2 of ${text} is what Kafka computes`, () => {
    const bytes = Buffer.from(`x${text}`);
    assert.equal(murmur2(bytes, 1, bytes.length), hash);
    assert.equal(partitionOf(bytes, 1, bytes.length, 7), (hash & 0x7fffffff) % 7);
  });
