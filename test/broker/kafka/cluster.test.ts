/** Three brokers, of which one dies: leaders, coordinators and metadata move, records don't get lost or doubled. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLetheError } from '../../../src/foundation/errors.ts';
import { KafkaAdmin } from '../../../src/streaming/kafka/admin.ts';
import { recordBatchAdapter } from '../../../src/streaming/kafka/record-batch-adapter.ts';
import { startKafka, type Kafka } from '../../rig/kafka.ts';
import { until } from '../../rig/ports.ts';
import { readCommitted, ReferenceProducer } from '../../rig/reference-client.ts';
import {
  copySlices,
  copyUntilIdle,
  startMember,
  stopMember,
  type Member,
} from '../../streaming/kafka/copying.ts';
import { clusterSettings, serviceSettings } from '../../streaming/kafka/settings.ts';

describe('a cluster of three brokers', { timeout: 400_000 }, () => {
  let kafka: Kafka;
  let producer: ReferenceProducer;

  before(async () => {
    kafka = await startKafka({ brokers: 3 });
    producer = await ReferenceProducer.start(kafka.bootstrapServers);
  });

  after(async () => {
    await producer[Symbol.asyncDispose]();
    await kafka.stop();
  });

  async function topics(n: number): Promise<void> {
    await using admin = await KafkaAdmin.connect(clusterSettings(kafka.bootstrapServers));
    for (const name of [`in-${n}`, `out-${n}`]) {
      await admin.createTopic({ name, partitions: 6, replicationFactor: 3 });
    }
  }

  const fill = (n: number, round: number, count: number): Promise<void> =>
    producer.write(
      Array.from({ length: count }, (_, i) => ({
        topic: `in-${n}`,
        key: `${i % 6}`,
        value: `${round * count + i}`,
        partition: i % 6,
      })),
    );

  const join = (n: number): Promise<Member> =>
    startMember({
      adapter: recordBatchAdapter,
      cluster: clusterSettings(kafka.bootstrapServers),
      service: serviceSettings(`group-${n}`, { rebalanceTimeout: 30_000 }),
      topics: [`in-${n}`],
      name: `member-${n}`,
      transactionalId: `id-${n}`,
    });

  async function back(member: Member): Promise<void> {
    await until('the source to be back at what is committed', async () => {
      const { generation } = member;
      if (generation === null) return false;
      return member.source.seekToCommitted(generation).then(
        () => member.generation === generation,
        () => false,
      );
    });
  }

  /** What a shard does: copies, and after any error aborts, opens again and reads from what was committed. */
  async function persist(member: Member, to: string, wanted: number): Promise<number> {
    let total = 0;
    const deadline = Date.now() + 120_000;
    while (total < wanted && Date.now() < deadline) {
      if (member.failure !== null) throw member.failure;
      const { generation } = member;
      if (generation === null) {
        await sleep(100);
        continue;
      }
      try {
        const slices = await member.source.fetch(500);
        if (slices.length === 0) continue;
        const { out, offsets, count } = copySlices(slices, to, {});
        member.sink.begin();
        await member.sink.produce(out);
        await member.sink.commitOffsets(offsets, slices[0]!.generation);
        await member.sink.end(true);
        total += count;
      } catch (error) {
        if (!isLetheError(error) || !error.retriable) throw error;
        await until('the sink to be open', () =>
          member.sink
            .end(false)
            .catch(() => member.sink.open())
            .then(
              () => true,
              () => false,
            ),
        );
        // Not before it is back there: what was fetched and not committed would be passed over.
        await back(member);
        // A commit whose outcome was unknown may have happened: the committed offsets count.
        total = member.source.positions().reduce((sum, { position }) => sum + Number(position), 0);
      }
    }
    return total;
  }

  async function check(n: number, count: number): Promise<void> {
    const seen = new Map<number, number[]>();
    for (const { partition, value } of await readCommitted(kafka.bootstrapServers, `out-${n}`)) {
      const values = seen.get(partition) ?? [];
      values.push(Number(value));
      seen.set(partition, values);
    }
    const all = [...seen.values()].flat();
    assert.equal(all.length, count);
    assert.equal(new Set(all).size, count);
    for (const values of seen.values()) {
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
      );
    }
  }

  it('describes topics that some of its brokers have not heard of yet', async () => {
    await using admin = await KafkaAdmin.connect(clusterSettings(kafka.bootstrapServers));
    for (let n = 0; n < 40; n++) {
      const name = `fresh-${n}`;
      await admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
      const found = await admin.describeTopics([name, 'absent']);
      assert.deepEqual(
        [...found.keys()].filter((topic) => topic !== name),
        [],
      );
    }
  });

  it('reads from and writes to the leaders of all partitions', async () => {
    await topics(1);
    for (let round = 0; round < 10; round++) await fill(1, round, 600);
    const member = await join(1);
    assert.equal(await copyUntilIdle(member, 'out-1'), 6000);
    await stopMember(member);
    await check(1, 6000);
  });

  it('goes on when each broker in turn is killed and comes back', async () => {
    await topics(2);
    const rounds = 60;
    const member = await join(2);
    const copying = persist(member, 'out-2', rounds * 60);
    const feeding = (async () => {
      for (let round = 0; round < rounds; round++) {
        await fill(2, round, 60);
        await sleep(150);
      }
    })();
    for (const { id } of kafka.brokers) {
      await sleep(1000);
      await kafka.kill(id);
      await sleep(3000);
      await kafka.start(id);
    }
    await feeding;
    assert.equal(await copying, rounds * 60);
    await stopMember(member);
    await check(2, rounds * 60);
  });
});
