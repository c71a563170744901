import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { context, smallText } from './example.ts';

test('the bound is shards times what one shard may hold', () => {
  const limits =
    '{ inFlightBytes: 8MiB, fetchBytes: 4MiB, outputBatchBytes: 1MiB, recordBytes: 2MiB }';
  const service = `service: { shards: 3, limits: ${limits}, transaction: { maxBytes: 1MiB } }\n`;
  const { memoryBound } = parseConfig(`${smallText}${service}`, context);
  const mebibyte = 1024 ** 2;
  assert.deepEqual(memoryBound, {
    shards: 3,
    perShard: 17 * mebibyte,
    schemas: 1000 * mebibyte,
    total: 51 * mebibyte,
  });
});
