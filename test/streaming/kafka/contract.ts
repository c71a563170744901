/**
 * What every adapter of the Kafka port must do, on a real broker. kafkajs writes what goes in and reads what comes out, so both ends are
 * someone else's code.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionPool, deleteRecordsV2 } from '@platformatic/kafka';
import kafkajs, { type Admin, type Message, type Producer } from 'kafkajs';
import type { KafkaAdapter } from '../../../src/streaming/kafka/record-batch-adapter.ts';
import type { Codec } from '../../../src/streaming/kafka/batches/compression.ts';
import { parseBroker } from '../../../src/streaming/kafka/connection/connections.ts';
import type { Sink } from '../../../src/streaming/kafka/port.ts';
import type { ServiceSettings } from '../../../src/streaming/settings.ts';
import { createTopics, outsideClient, readTopic, type ReadRecord } from '../../rig/client.ts';
import {
  copySlices,
  copyUntilIdle,
  startMember,
  stopMember,
  type Member,
  type MemberOptions,
} from './copying.ts';
import { clusterSettings, serviceSettings } from './settings.ts';

const { CompressionTypes } = kafkajs;

export interface ContractOptions {
  readonly adapter: KafkaAdapter;
  /** Starts a broker for the suite. */
  readonly start: () => Promise<{
    readonly bootstrapServers: string;
    stop(): Promise<void>;
  }>;
  /** Takes the place of the adapter's own sink. */
  readonly sink?: (service: ServiceSettings, transactionalId: string, servers: string) => Sink;
}

const compressions: Readonly<Record<Codec, kafkajs.CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

const codecs = Object.keys(compressions) as Codec[];

/** Registers the suite under `name`. */
export function describeContract(name: string, options: ContractOptions): void {
  describe(name, { timeout: 600_000 }, () => {
    let servers = '';
    let stop: () => Promise<void>;
    let client: kafkajs.Kafka;
    let admin: Admin;
    let producer: Producer;
    let serial = 0;
    const members = new Set<Member>();

    before(async () => {
      const broker = await options.start();
      servers = broker.bootstrapServers;
      stop = () => broker.stop();
      client = outsideClient(servers);
      admin = client.admin();
      await admin.connect();
      producer = client.producer({
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        // Without it kafkajs writes some batches twice while a topic is young.
        idempotent: true,
        maxInFlightRequests: 1,
      });
      await producer.connect();
    });

    // What a failed test left behind would keep its group, its transaction and this process alive.
    afterEach(async () => {
      await Promise.all([...members].map((one) => stopMember(one)));
      members.clear();
    });

    after(async () => {
      await producer.disconnect();
      await admin.disconnect();
      await stop();
    });

    interface Names {
      readonly from: string;
      readonly to: string;
      readonly group: string;
      readonly id: string;
    }

    async function topics(
      partitions = 2,
      configuration: Readonly<Record<string, string>> = {},
      target: Readonly<Record<string, string>> = {},
    ): Promise<Names> {
      const n = ++serial;
      const entries = (from: Readonly<Record<string, string>>) =>
        Object.entries(from).map(([key, value]) => ({ name: key, value }));
      await createTopics(client, [
        { topic: `from-${n}`, numPartitions: partitions, configEntries: entries(configuration) },
        { topic: `to-${n}`, numPartitions: partitions, configEntries: entries(target) },
      ]);
      return { from: `from-${n}`, to: `to-${n}`, group: `group-${n}`, id: `id-${n}` };
    }

    const send = (
      topic: string,
      messages: readonly (Partial<Message> & { readonly partition?: number })[],
      codec: Codec = 'none',
    ): Promise<unknown> =>
      producer.send({
        topic,
        compression: compressions[codec],
        messages: messages.map((message) => ({ partition: 0, value: null, ...message })),
      });

    async function read(topic: string): Promise<ReadRecord[]> {
      const found: ReadRecord[] = [];
      await readTopic(client, topic, (records) => {
        found.push(...records);
      });
      return found;
    }

    const valuesOf = (records: readonly ReadRecord[]): (string | null)[] =>
      records.map(({ value }) => value?.toString() ?? null);

    const member = async (
      names: Names,
      extra: Partial<MemberOptions> & { readonly serviceExtra?: Partial<ServiceSettings> } = {},
    ): Promise<Member> => {
      const service = serviceSettings(names.group, extra.serviceExtra);
      const transactionalId = extra.transactionalId ?? names.id;
      const sink = options.sink?.(service, transactionalId, servers);
      const started = await startMember({
        adapter: options.adapter,
        cluster: clusterSettings(servers),
        service,
        topics: [names.from],
        transactionalId,
        ...(sink === undefined ? {} : { sink }),
        ...extra,
      });
      members.add(started);
      return started;
    };

    async function copied(
      names: Names,
      how: Parameters<typeof copyUntilIdle>[2] = {},
    ): Promise<ReadRecord[]> {
      const one = await member(names);
      await copyUntilIdle(one, names.to, how);
      await stopMember(one);
      return read(names.to);
    }

    it('keeps keys, values, tombstones, empty values, timestamps and headers with duplicate names', async () => {
      const names = await topics(1);
      const messages = [
        { key: 'k', value: 'v', timestamp: '1700000000000', headers: { a: '1', b: ['2', '3'] } },
        { key: 'k', value: null, timestamp: '1700000000500' },
        { key: null, value: '', timestamp: '1600000000000' },
        { key: '', value: 'x'.repeat(5000), timestamp: '1700000000001', headers: { a: '' } },
      ];
      await send(names.from, messages);
      const found = await copied(names);
      assert.deepEqual(
        found.map(({ key, value, timestamp, headers }) => ({
          key: key?.toString() ?? null,
          value: value?.toString() ?? null,
          timestamp,
          headers: Object.fromEntries(
            Object.entries(headers).map(([header, values]) => [
              header,
              [values].flat().map(String),
            ]),
          ),
        })),
        messages.map(({ key, value, timestamp, headers }) => ({
          key,
          value,
          timestamp: Number(timestamp),
          headers: Object.fromEntries(
            Object.entries(headers ?? {}).map(([header, values]) => [header, [values].flat()]),
          ),
        })),
      );
    });

    it('keeps the order of each partition over many batches and transactions', async () => {
      const names = await topics(4);
      for (let round = 0; round < 20; round++) {
        await send(
          names.from,
          Array.from({ length: 400 }, (_, i) => ({
            value: `${round * 400 + i}`,
            partition: i % 4,
          })),
        );
      }
      const found = await copied(names, { maxBatchBytes: 2000 });
      assert.equal(found.length, 8000);
      for (let partition = 0; partition < 4; partition++) {
        const numbers = found
          .filter((record) => record.partition === partition)
          .map(({ value }) => Number(value));
        assert.equal(numbers.length, 2000);
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
      }
    });

    for (const codec of codecs) {
      it(`reads and writes ${codec}`, async () => {
        const names = await topics(1);
        const values = Array.from({ length: 300 }, (_, i) => `${i} ${'text '.repeat(i % 50)}`);
        for (const value of [values.slice(0, 100), values.slice(100)]) {
          await send(
            names.from,
            value.map((text) => ({ value: text })),
            codec,
          );
        }
        assert.deepEqual(valuesOf(await copied(names, { codec })), values);
      });
    }

    it('copies no record of an aborted transaction and no control record', async () => {
      const names = await topics(2);
      const transactional = client.producer({
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        transactionalId: `outside-${names.id}`,
        idempotent: true,
        maxInFlightRequests: 1,
      });
      await transactional.connect();
      const expected: string[] = [];
      for (let i = 0; i < 12; i++) {
        const transaction = await transactional.transaction();
        const messages = [0, 1].map((partition) => ({ value: `${i}`, partition }));
        await transaction.send({ topic: names.from, messages });
        if (i % 3 === 0) await transaction.abort();
        else {
          await transaction.commit();
          expected.push(`${i}`);
        }
        await send(names.from, [{ value: `plain ${i}`, partition: 0 }]);
      }
      await transactional.disconnect();
      const found = await copied(names);
      const of = (partition: number): (string | null)[] =>
        valuesOf(found.filter((record) => record.partition === partition));
      assert.deepEqual(of(1), expected);
      assert.equal(of(0).length, expected.length + 12);
      const one = await member(names);
      assert.equal(await copyUntilIdle(one, names.to), 0);
      for (const { position, end } of one.source.positions()) assert.equal(position, end);
      await stopMember(one);
    });

    it('waits for open transactions of others, and then goes on', async () => {
      const names = await topics(1);
      const transactional = client.producer({
        transactionalId: `open-${names.id}`,
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      });
      await transactional.connect();
      const transaction = await transactional.transaction();
      await transaction.send({ topic: names.from, messages: [{ value: 'open', partition: 0 }] });
      await send(names.from, [{ value: 'after' }]);
      const one = await member(names);
      assert.equal(await copyUntilIdle(one, names.to, { idle: 600 }), 0);
      await transaction.commit();
      assert.equal(await copyUntilIdle(one, names.to), 2);
      await stopMember(one);
      await transactional.disconnect();
      assert.deepEqual(valuesOf(await read(names.to)), ['open', 'after']);
    });

    it('reads over the gaps that deleted and compacted records leave', async () => {
      const names = await topics(1, {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.01',
        'max.compaction.lag.ms': '1000',
      });
      for (let round = 0; round < 6; round++) {
        await send(
          names.from,
          Array.from({ length: 20 }, (_, i) => ({
            key: `k${i}`,
            value: `${round} ${i}`,
            headers: { round: `${round}` },
          })),
        );
        await sleep(150);
      }
      // The cleaner leaves gaps in its own time; whatever it left, both readers must see the same.
      for (let patience = 0; patience < 40 && (await read(names.from)).length > 60; patience++) {
        await sleep(500);
      }
      const left = await read(names.from);
      assert.ok(left.length < 120, `${left.length} records: the topic was never compacted`);
      assert.deepEqual(valuesOf(await copied(names)), valuesOf(left));
      const other = await topics(1);
      await send(
        other.from,
        Array.from({ length: 10 }, (_, i) => ({ value: `${i}` })),
      );
      await deleteRecords(servers, other.from, 7n);
      assert.deepEqual(valuesOf(await copied(other)), ['7', '8', '9']);
    });

    it('takes the time of the broker where the topic has it', async () => {
      const names = await topics(1, { 'message.timestamp.type': 'LogAppendTime' });
      const before = Date.now();
      await send(names.from, [{ value: 'a', timestamp: '1' }]);
      const [found] = await copied(names);
      assert.ok(found !== undefined && found.timestamp >= before - 1000);
      assert.equal(found.timestamp, (await read(names.from))[0]!.timestamp);
    });

    it('starts at the end where asked to and nothing was committed', async () => {
      const names = await topics(1);
      await send(names.from, [{ value: 'old' }]);
      const one = await member(names, { serviceExtra: { startFrom: 'latest' } });
      assert.equal(await copyUntilIdle(one, names.to, { idle: 500 }), 0);
      await send(names.from, [{ value: 'new' }]);
      assert.equal(await copyUntilIdle(one, names.to), 1);
      await stopMember(one);
      assert.deepEqual(valuesOf(await read(names.to)), ['new']);
    });

    it('splits what is larger than the target takes', async () => {
      const names = await topics(1, {}, { 'max.message.bytes': '20000' });
      const values = Array.from({ length: 100 }, (_, i) => `${i} ${'y'.repeat(1500)}`);
      await send(
        names.from,
        values.map((value) => ({ value })),
      );
      assert.deepEqual(valuesOf(await copied(names, { maxBatchBytes: 18_000 })), values);
    });

    it('refuses to produce what is too large, and aborts', async () => {
      const names = await topics(1, {}, { 'max.message.bytes': '20000' });
      await send(names.from, [{ value: 'z'.repeat(30_000) }]);
      const one = await member(names);
      const slices = await one.source.fetch(5000);
      const { out } = copySlices(slices, names.to, {});
      one.sink.begin();
      await assert.rejects(one.sink.produce(out), { code: 'PRODUCE_REJECTED', retriable: false });
      await one.sink.end(false);
      await stopMember(one);
      assert.deepEqual(await read(names.to), []);
    });

    it('leaves out paused partitions until they are resumed', async () => {
      const names = await topics(2);
      await send(
        names.from,
        [0, 1].map((partition) => ({ value: `${partition}`, partition })),
      );
      const one = await member(names);
      one.source.pause([{ topic: names.from, partition: 1 }]);
      assert.equal(await copyUntilIdle(one, names.to, { idle: 500 }), 1);
      await send(
        names.from,
        [0, 1].map((partition) => ({ value: `more ${partition}`, partition })),
      );
      assert.equal(await copyUntilIdle(one, names.to, { idle: 500 }), 1);
      one.source.resume([{ topic: names.from, partition: 1 }]);
      assert.equal(await copyUntilIdle(one, names.to), 2);
      await stopMember(one);
    });

    it('reads no more of a topic that was given up, and goes on with the others', async () => {
      const names = await topics(1);
      const more = await topics(1);
      const one = await member(names);
      const both = one.nextAssignment();
      await one.source.subscribe([names.from, more.from]);
      await one.source.seekToCommitted(await both);
      await send(more.from, [{ value: 'wanted' }]);
      assert.equal(await copyUntilIdle(one, names.to), 1);
      one.source.retain([names.from]);
      await send(more.from, [{ value: 'not wanted' }]);
      assert.equal(await copyUntilIdle(one, names.to), 0);
      const next = one.nextAssignment();
      await one.source.subscribe([names.from]);
      await one.source.seekToCommitted(await next);
      assert.deepEqual(
        one.assigned.map(({ topic }) => topic),
        [names.from],
      );
      await send(names.from, [{ value: 'other' }]);
      assert.equal(await copyUntilIdle(one, names.to), 1);
      await stopMember(one);
    });

    it('reads topics that were subscribed to later', async () => {
      const names = await topics(1);
      const more = await topics(1);
      await send(names.from, [{ value: 'first' }]);
      await send(more.from, [{ value: 'second' }]);
      const one = await member(names);
      assert.equal(await copyUntilIdle(one, names.to), 1);
      const next = one.nextAssignment();
      await one.source.subscribe([names.from, more.from]);
      await one.source.seekToCommitted(await next);
      assert.equal(one.assigned.length, 2);
      assert.equal(await copyUntilIdle(one, names.to), 1);
      await stopMember(one);
    });

    describe('crashes', () => {
      const steps = ['begin', 'produce', 'commit offsets', 'abort', 'commit'] as const;
      for (const step of steps) {
        it(`loses and doubles nothing after a crash behind ${step}`, async () => {
          const names = await topics(2);
          const values = Array.from({ length: 100 }, (_, i) => `${i}`);
          await send(
            names.from,
            values.map((value, i) => ({ value, partition: i % 2 })),
          );
          const first = await member(names, { name: 'static' });
          const slices = await first.source.fetch(5000);
          const { out, offsets } = copySlices(slices, names.to, {});
          const last = steps.indexOf(step);
          first.sink.begin();
          if (last >= 1) await first.sink.produce(out);
          if (last >= 2) await first.sink.commitOffsets(offsets, slices[0]!.generation);
          if (last >= 3) await first.sink.end(step === 'commit');
          // A process that dies says goodbye to nobody: neither to the group nor to the coordinator.
          await stopMember(first, false);
          const second = await member(names, { name: 'static' });
          await copyUntilIdle(second, names.to);
          await stopMember(second);
          const found = valuesOf(await read(names.to));
          assert.deepEqual(found.toSorted(byNumber), values);
        });
      }

      it('reads again after an abort what the abort undid', async () => {
        const names = await topics(1);
        await send(names.from, [{ value: 'a' }, { value: 'b' }]);
        const one = await member(names);
        for (let round = 0; round < 3; round++) {
          const slices = await one.source.fetch(5000);
          const { out, offsets, count } = copySlices(slices, names.to, {});
          assert.equal(count, 2);
          one.sink.begin();
          await one.sink.produce(out);
          await one.sink.commitOffsets(offsets, slices[0]!.generation);
          await one.sink.end(false);
          await one.source.seekToCommitted(slices[0]!.generation);
        }
        assert.equal(await copyUntilIdle(one, names.to), 2);
        await stopMember(one);
        assert.deepEqual(valuesOf(await read(names.to)), ['a', 'b']);
      });
    });

    describe('fencing', () => {
      it('stops a sink whose transactional id another one took', async () => {
        const names = await topics(1);
        await send(names.from, [{ value: 'once' }]);
        const old = await member(names);
        const slices = await old.source.fetch(5000);
        const { out, offsets } = copySlices(slices, names.to, {});
        old.sink.begin();
        await old.sink.produce(out);
        const young = await member({ ...names, group: `${names.group}-2` });
        await assert.rejects(
          async () => {
            await old.sink.commitOffsets(offsets, slices[0]!.generation);
            await old.sink.end(true);
          },
          { code: 'SINK_FENCED', retriable: false },
        );
        assert.equal(await copyUntilIdle(young, names.to), 1);
        await stopMember(young);
        await stopMember(old);
        assert.deepEqual(valuesOf(await read(names.to)), ['once']);
      });

      it('refuses offsets of a generation that is over', async () => {
        const names = await topics(2);
        await send(
          names.from,
          [0, 1].map((partition) => ({ value: `${partition}`, partition })),
        );
        const first = await member(names);
        const slices = await first.source.fetch(5000);
        const { out, offsets } = copySlices(slices, names.to, {});
        const stale = slices[0]!.generation;
        const again = first.nextAssignment();
        const second = await member(names, { transactionalId: `${names.id}-2` });
        const generation = await again;
        assert.notEqual(generation.id, stale.id);
        first.sink.begin();
        await first.sink.produce(out);
        await assert.rejects(first.sink.commitOffsets(offsets, stale), {
          code: 'GENERATION_STALE',
          retriable: true,
        });
        await first.sink.end(false);
        await assert.rejects(first.source.seekToCommitted(stale), { code: 'GENERATION_STALE' });
        await first.source.seekToCommitted(generation);
        assert.equal(first.assigned.length + second.assigned.length, 2);
        assert.equal(await copyUntilIdle(first, names.to), 1);
        assert.equal(await copyUntilIdle(second, names.to), 1);
        await stopMember(second);
        await stopMember(first);
        assert.deepEqual(valuesOf(await read(names.to)).toSorted(), ['0', '1']);
      });

      it('fails the older of two members with one name, for good', async () => {
        const names = await topics(1);
        const old = await member(names, { name: 'twin' });
        const young = await member(names, { name: 'twin', transactionalId: `${names.id}-2` });
        for (let i = 0; i < 100 && old.failure === null; i++) await sleep(100);
        assert.equal((old.failure as { code?: string } | null)?.code, 'MEMBER_FENCED');
        await send(names.from, [{ value: 'x' }]);
        assert.equal(await copyUntilIdle(young, names.to), 1);
        assert.equal(young.failure, null);
        await stopMember(old, false);
        await stopMember(young);
      });
    });

    it('gives the partitions of a member that leaves to the others', async () => {
      const names = await topics(4);
      const first = await member(names);
      assert.equal(first.assigned.length, 4);
      const shared = first.nextAssignment();
      const second = await member(names, { transactionalId: `${names.id}-2` });
      await shared;
      assert.equal(first.assigned.length, 2);
      assert.equal(second.assigned.length, 2);
      const alone = first.nextAssignment();
      await stopMember(second);
      await alone;
      assert.equal(first.assigned.length, 4);
      await stopMember(first);
    });

    it('keeps the generation of a static member over a restart', async () => {
      const names = await topics(2);
      const first = await member(names, { name: 'stay-1' });
      const other = await member(names, { name: 'stay-2', transactionalId: `${names.id}-2` });
      const before = other.generation;
      assert.equal(other.assigned.length, 1);
      await stopMember(first, false);
      const again = await member(names, { name: 'stay-1' });
      assert.equal(again.assigned.length, 1);
      await sleep(1500);
      assert.deepEqual(other.generation, before);
      await stopMember(again);
      await stopMember(other);
    });

    it('a static member that leaves for good gives its partitions to the others at once, and stays where there are none', async () => {
      const names = await topics(2);
      const first = await member(names, { name: 'go-1' });
      const other = await member(names, { name: 'go-2', transactionalId: `${names.id}-2` });
      const alone = other.nextAssignment();
      const asked = performance.now();
      await stopMember(first, true);
      await alone;
      assert.equal(other.assigned.length, 2);
      assert.ok(performance.now() - asked < serviceSettings(names.group).sessionTimeout);
      const before = other.generation;
      await stopMember(other, true);
      const again = await member(names, { name: 'go-2', transactionalId: `${names.id}-2` });
      assert.equal(again.assigned.length, 2);
      assert.equal(again.generation?.id, before?.id);
      await stopMember(again);
    });

    it('fails when the committed offset was deleted, and says so', async () => {
      const names = await topics(1);
      await send(names.from, [{ value: '0' }, { value: '1' }]);
      const one = await member(names);
      assert.equal(await copyUntilIdle(one, names.to), 2);
      await stopMember(one);
      await send(
        names.from,
        Array.from({ length: 8 }, (_, i) => ({ value: `${i + 2}` })),
      );
      await deleteRecords(servers, names.from, 5n);
      const again = await member(names);
      await again.source.fetch(2000);
      assert.equal((again.failure as { code?: string } | null)?.code, 'OFFSET_OUT_OF_RANGE');
      await stopMember(again);
    });

    it('names a topic that does not exist', async () => {
      const names = { from: 'nowhere', to: 'nowhere', group: 'nobody', id: 'nobody' };
      await assert.rejects(member(names), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'TOPIC_MISSING');
        assert.match(error.message, /"nowhere"/);
        return true;
      });
    });

    it('says that no broker answers, in bounded time', async () => {
      const started = performance.now();
      const names = { from: 'x', to: 'x', group: 'x', id: 'x' };
      await assert.rejects(member(names, { cluster: clusterSettings('127.0.0.1:1,127.0.0.1:2') }), {
        code: 'BROKER_UNREACHABLE',
        retriable: true,
      });
      assert.ok(performance.now() - started < 30_000);
    });
  });
}

/** Deletes the records of partition 0 below an offset; kafkajs' own request for it fails on Kafka 4. */
async function deleteRecords(servers: string, topic: string, offset: bigint): Promise<void> {
  const pool = new ConnectionPool('outside');
  const connection = await pool.getFirstAvailable(servers.split(',').map(parseBroker));
  const partitions = [{ partitionIndex: 0, offset }];
  await deleteRecordsV2.api.async(connection, [{ name: topic, partitions }], 5000);
  await pool.close();
}

function byNumber(a: string | null, b: string | null): number {
  return Number(a) - Number(b);
}
