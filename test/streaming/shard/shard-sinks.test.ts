import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EncodedSlice } from '../../../src/streaming/kafka/port.ts';
import type { ReadySlice } from '../../../src/streaming/shard/ready-slices.ts';
import { ShardSinks } from '../../../src/streaming/shard/shard-sinks.ts';
import { Failure, Log, MemorySink } from './in-memory-kafka.ts';
import { generation, rawSlice } from './slices.ts';

function ready(next: bigint, ...clusters: readonly string[]): ReadySlice {
  const slice: EncodedSlice = {
    topic: 'clean',
    partition: 0,
    buffer: Buffer.from(String(next)),
    batches: [],
  };
  return {
    fetchedAt: 0,
    output: {
      source: rawSlice([], { next, end: next }),
      next,
      outputs: clusters.map((cluster) => ({ cluster, slice })),
      bytes: 1,
      route: 'r',
      counters: { outcomes: {}, techniques: {}, headersDropped: 0, bytesIn: 0, bytesOut: 1 },
      events: [],
      lastTimestamp: 0,
      halt: null,
    },
  };
}

function pair() {
  const logs = { home: new Log(), away: new Log() };
  const home = new MemorySink(logs.home);
  const away = new MemorySink(logs.away);
  const sinks = new ShardSinks(
    new Map([
      ['home', home],
      ['away', away],
    ]),
    'home',
  );
  return { logs, home, away, sinks };
}

test('other clusters are written before the offsets are committed at home', async () => {
  const { logs, away, sinks } = pair();
  await sinks.open();
  await sinks.write([ready(1n, 'away'), ready(2n, 'away', 'home')], generation);
  assert.equal(logs.away.output.length, 2);
  assert.equal(logs.home.output.length, 1);
  assert.equal(logs.home.committed, 2n);
  away.failures.push({ step: 'produce', error: new Failure('BROKER_UNREACHABLE') });
  await assert.rejects(sinks.write([ready(3n, 'away', 'home')], generation));
  assert.equal(logs.home.committed, 2n, 'nothing is committed that did not arrive');
});

test('when the home transaction fails, what arrived elsewhere is written again and not lost', async () => {
  const { logs, home, sinks } = pair();
  await sinks.open();
  const failure = new Failure('BROKER_UNREACHABLE');
  home.failures.push({ step: 'commit', error: failure });
  await assert.rejects(sinks.write([ready(1n, 'away')], generation));
  await sinks.abort(failure);
  await sinks.open();
  assert.equal(logs.home.committed, 0n);
  await sinks.write([ready(1n, 'away')], generation);
  assert.equal(logs.home.committed, 1n);
  assert.equal(logs.away.output.length, 2);
  await sinks.close();
});

test('an abort that finds the sink fenced says so', async () => {
  const { home, sinks } = pair();
  await sinks.open();
  home.failures.push({ step: 'abort', error: new Failure('SINK_FENCED', false) });
  await assert.rejects(sinks.abort(new Failure('BROKER_UNREACHABLE')), { code: 'SINK_FENCED' });
});

test('without a sink at home nothing could commit offsets', () => {
  assert.throws(() => new ShardSinks(new Map(), 'home'), TypeError);
});
