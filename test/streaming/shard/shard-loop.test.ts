import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EncodedSlice, RawSlice } from '../../../src/streaming/kafka/port.ts';
import type {
  RecordTransformer,
  TransformResult,
} from '../../../src/streaming/shard/record-transformer.ts';
import { ShardLoop } from '../../../src/streaming/shard/shard-loop.ts';
import { Tally } from '../../../src/streaming/shard/tally.ts';
import type { StreamingEvent } from '../../../src/streaming/telemetry.ts';
import { Failure, Log, MemorySink, MemorySource } from './in-memory-kafka.ts';

/** Slice number `i` holds offset `i`; its output is a slice whose buffer says so. */
function slice(i: number): RawSlice {
  return {
    topic: 'raw',
    partition: 0,
    generation: { id: 0, memberId: '', groupInstanceId: null },
    from: BigInt(i),
    next: BigInt(i + 1),
    bytes: Buffer.alloc(10),
    aborted: [],
    end: 0n,
  };
}

class Numbering implements RecordTransformer {
  /** What happens at an offset instead of the ordinary. */
  readonly special = new Map<number, () => TransformResult | null>();
  closed = false;
  readonly prefix: string;

  constructor(prefix = '') {
    this.prefix = prefix;
  }

  transform(source: RawSlice): TransformResult {
    const special = this.special.get(Number(source.from))?.();
    if (special != null) return special;
    const buffer = Buffer.from(`${this.prefix}${source.from}`);
    const encoded: EncodedSlice = { topic: 'clean', partition: 0, buffer, batches: [] };
    return {
      kind: 'done',
      output: {
        source,
        next: source.next,
        outputs: [{ cluster: 'main', slice: encoded }],
        bytes: buffer.length,
        route: 'r',
        counters: {
          outcomes: { WRITTEN: 1 },
          techniques: {},
          headersDropped: 0,
          bytesIn: 10,
          bytesOut: buffer.length,
        },
        events: [],
        lastTimestamp: 1,
        halt: null,
      },
    };
  }

  route(): void {
    // Nothing to route.
  }

  close(): void {
    this.closed = true;
  }
}

interface Bench {
  readonly log: Log;
  readonly source: MemorySource;
  readonly sink: MemorySink;
  readonly transformer: Numbering;
  readonly loop: ShardLoop;
  readonly tally: Tally;
  readonly events: StreamingEvent[];
  readonly running: Promise<void>;
}

async function bench(
  count: number,
  prepare: (parts: Omit<Bench, 'loop' | 'running'>) => void = () => undefined,
  options: { readonly dry?: boolean; readonly maxAge?: number } = {},
): Promise<Bench> {
  const log = new Log();
  log.slices = Array.from({ length: count }, (_, i) => slice(i));
  const parts = {
    log,
    source: new MemorySource(log),
    sink: new MemorySink(log),
    transformer: new Numbering(),
    tally: new Tally(),
    events: [] as StreamingEvent[],
  };
  prepare(parts);
  const loop = new ShardLoop({
    shard: 0,
    source: parts.source,
    homeCluster: 'main',
    sinks: options.dry === true ? null : new Map([['main', parts.sink]]),
    transformer: parts.transformer,
    maxAge: options.maxAge ?? 20,
    maxBytes: 1000,
    inFlightBytes: 10_000,
    event: (event) => parts.events.push(event),
    tally: parts.tally,
  });
  await loop.start();
  return { ...parts, loop, running: loop.run() };
}

async function until(what: string, done: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!done()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function written({ log }: Bench): string[] {
  return log.output.map(({ buffer }) => buffer.toString());
}

function numbers(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

async function drained(stage: Bench, count: number): Promise<void> {
  await until(`${count} outputs`, () => stage.log.output.length >= count);
  stage.loop.drain();
  await stage.running;
  await stage.loop.close(true);
}

test('everything is written once, in order, and committed', async () => {
  const stage = await bench(50);
  await drained(stage, 50);
  assert.deepEqual(written(stage), numbers(50));
  assert.equal(stage.log.committed, 50n);
  assert.equal(stage.source.closed, true);
  assert.equal(stage.transformer.closed, true);
  assert.equal(stage.loop.heldBytes, 0);
});

for (const step of ['produce', 'offsets', 'commit'] as const)
  test(`a transaction that fails at ${step} is aborted and its slices are read again`, async () => {
    const stage = await bench(20, ({ sink }) =>
      sink.failures.push({ step, error: new Failure('BROKER_UNREACHABLE') }),
    );
    await drained(stage, 20);
    assert.deepEqual(written(stage), numbers(20));
    assert.equal(stage.sink.steps.filter((done) => done === 'abort').length, 1);
    assert.equal(stage.source.seeks, 2);
    assert.ok(stage.events.some(({ event }) => event === 'transaction.aborted'));
    const report = stage.tally.take(0, 0, [], [], 0);
    assert.equal(report.routes['r']?.outcomes['WRITTEN'], 20);
    assert.equal(report.transactions.aborted, 1);
  });

test('a sink that can not even abort is opened again', async () => {
  const stage = await bench(10, ({ sink }) => {
    sink.failures.push({ step: 'commit', error: new Failure('BROKER_UNREACHABLE') });
    sink.failures.push({ step: 'abort', error: new Failure('BROKER_UNREACHABLE') });
    sink.failures.push({ step: 'open', error: new Failure('BROKER_UNREACHABLE') });
  });
  await drained(stage, 10);
  assert.deepEqual(written(stage), numbers(10));
  assert.equal(stage.sink.steps.filter((done) => done === 'open').length, 3);
});

test('a commit of unknown outcome is not aborted: opening the sink finds out', async () => {
  const stage = await bench(10, ({ sink }) =>
    sink.failures.push({ step: 'commit', error: new Failure('TRANSACTION_OUTCOME_UNKNOWN') }),
  );
  await drained(stage, 10);
  assert.deepEqual(written(stage), numbers(10));
  assert.ok(!stage.sink.steps.includes('abort'));
});

test('a fenced shard stops at once', async () => {
  const stage = await bench(10, ({ sink }) =>
    sink.failures.push({ step: 'produce', error: new Failure('SINK_FENCED', false) }),
  );
  await assert.rejects(stage.running, { code: 'SINK_FENCED' });
  assert.deepEqual(written(stage), []);
});

test('an error that trying does not mend ends the shard after a few times', async () => {
  const stage = await bench(10, ({ sink }) => {
    for (let i = 0; i < 5; i++)
      sink.failures.push({ step: 'produce', error: new Failure('PRODUCE_REJECTED', false) });
  });
  await assert.rejects(stage.running, { code: 'PRODUCE_REJECTED' });
  assert.deepEqual(written(stage), []);
});

test('a rebalance in the middle of a transaction loses and repeats nothing', async () => {
  const stage = await bench(40, ({ sink }) => {
    sink.commitTime = 10;
  });
  for (let id = 2; id < 8; id++) {
    await new Promise((resolve) => setTimeout(resolve, 7));
    stage.source.lose();
    stage.source.assign(id);
  }
  await drained(stage, 40);
  assert.deepEqual(written(stage), numbers(40));
  assert.ok(stage.events.some(({ event }) => event === 'assignment.lost'));
});

test('a source that can not go on ends the shard', async () => {
  const stage = await bench(1);
  stage.source.fail(new Failure('MEMBER_FENCED', false));
  await assert.rejects(stage.running, { code: 'MEMBER_FENCED' });
});

test('a slice that waits for a plan holds up its partition, in order', async () => {
  const gate = Promise.withResolvers<undefined>();
  let asked = 0;
  const stage = await bench(20, ({ transformer }) =>
    transformer.special.set(3, () =>
      asked++ === 0 ? { kind: 'waiting', ready: gate.promise } : null,
    ),
  );
  await until('three outputs', () => stage.log.output.length === 3);
  assert.equal(stage.source.paused.has(0), true);
  gate.resolve(undefined);
  await drained(stage, 20);
  assert.deepEqual(written(stage), numbers(20));
  assert.equal(stage.loop.heldBytes, 0);
});

test('a slice that can not be read halts its partition and is not skipped', async () => {
  const stage = await bench(10, ({ transformer }) =>
    transformer.special.set(4, () => {
      throw new Failure('BATCH_CRC_MISMATCH', false);
    }),
  );
  await until('the halt', () => stage.loop.halted().length === 1);
  await until('four outputs', () => stage.log.output.length === 4);
  assert.deepEqual(stage.loop.halted(), [
    { topic: 'raw', partition: 0, code: 'BATCH_CRC_MISMATCH' },
  ]);
  stage.loop.drain();
  await stage.running;
  assert.equal(stage.log.committed, 4n);
});

test('a new transformer takes over between transactions, and halted partitions try again', async () => {
  const stage = await bench(10, ({ transformer }) =>
    transformer.special.set(4, () => {
      throw new Failure('BATCH_CRC_MISMATCH', false);
    }),
  );
  await until('four outputs', () => stage.log.output.length === 4);
  await stage.loop.replace(new Numbering('new '));
  assert.equal(stage.transformer.closed, true);
  await drained(stage, 10);
  assert.deepEqual(written(stage), [...numbers(4), ...numbers(10, 'new ').slice(4)]);
});

test('what is behind is gathered into larger transactions, what is at the end goes at once', async () => {
  const stage = await bench(
    200,
    ({ sink }) => {
      sink.commitTime = 5;
    },
    { maxAge: 50 },
  );
  await drained(stage, 200);
  assert.ok(stage.sink.transactions.length < 50, String(stage.sink.transactions.length));
  assert.deepEqual(written(stage), numbers(200));
});

test('a dry run writes and commits nothing', async () => {
  const stage = await bench(10, undefined, { dry: true });
  let seen = 0;
  await until('all slices', () => {
    seen += stage.tally.take(0, 0, [], [], 0).routes['r']?.outcomes['WRITTEN'] ?? 0;
    return seen === 10;
  });
  stage.loop.drain();
  await stage.running;
  assert.deepEqual(stage.sink.steps, []);
  assert.equal(stage.log.committed, 0n);
});

test('what stood before a poison record is written even when its first transaction fails', async () => {
  const stage = await bench(10, ({ sink, transformer }) => {
    sink.failures.push({ step: 'commit', error: new Failure('BROKER_UNREACHABLE') });
    transformer.special.set(4, () => {
      throw new Failure('BATCH_CRC_MISMATCH', false);
    });
  });
  await until('four outputs', () => stage.log.output.length === 4);
  await until('the halt', () => stage.loop.halted().length === 1);
  stage.loop.drain();
  await stage.running;
  assert.deepEqual(written(stage), numbers(4));
});
