/**
 * A Kafka client as a process of its own, so that it can run inside the network namespace of a pod: `errand.ts <name> <options as JSON>`.
 * Says what happens in lines of JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, MessagesStreamFallbackModes, MessagesStreamModes } from '@platformatic/kafka';
import { avroCodec, frame } from '../../rig/avro.ts';
import { createTopics, outsideClient, readTopic } from '../../rig/client.ts';
import { until } from '../../rig/ports.ts';
import { register } from '../../rig/registry.ts';
import { CANARY, orderSchema, type Errand } from './errands.ts';

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const errand = JSON.parse(process.argv[2] ?? '') as Errand;
switch (errand.name) {
  case 'produce':
    await produce(errand);
    break;
  case 'consume':
    await consume(errand);
    break;
  case 'steal':
    await steal(errand);
    break;
  case 'create':
    await createTopics(outsideClient(errand.bootstrap), assigned(errand.topics));
    await ready(errand.bootstrap);
    say({ done: true });
    break;
  case 'move':
    await move(errand);
    break;
}

/** Writes orders at a steady pace, numbered from `first`; keeps on until it has written `count` or its input ends. */
async function produce(task: Extract<Errand, { name: 'produce' }>): Promise<void> {
  const codec = avroCodec(orderSchema);
  const id = await register(task.registry, `${task.topic}-value`, orderSchema);
  // An idempotent one of kafkajs asks the controller for its id, which is none of its business.
  const producer = outsideClient(task.bootstrap).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  process.stdin.resume();
  let number = task.first;
  for (; !process.stdin.readableEnded && number < task.first + task.count; number++) {
    const order = { id: number, email: `${CANARY}-${number}@mail.example`, amount: number };
    const value = frame(id, codec.encode(order));
    await producer.send({ topic: task.topic, messages: [{ key: String(number), value }] });
    say({ sent: number });
    if (task.pause > 0) await sleep(task.pause);
  }
  await producer.disconnect();
  say({ done: number - task.first });
  process.stdin.destroy();
}

/**
 * Reads as a member of a group until its input ends. Not by kafkajs, whose consumers connect to every broker of the cluster, also to those that
 * lead nothing for them, and fail when one of them refuses.
 */
async function consume(task: Extract<Errand, { name: 'consume' }>): Promise<void> {
  const consumer = new Consumer({
    clientId: 'lake',
    groupId: task.group,
    bootstrapBrokers: [task.bootstrap],
    maxWaitTime: 50,
    heartbeatInterval: 500,
    autocommit: true,
  });
  const stream = await consumer.consume({
    topics: [task.topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
  });
  process.stdin.on('end', () => void consumer.close(true)).resume();
  for await (const { partition, offset, value } of stream)
    say({ read: `${partition}/${offset}`, leaks: value.includes(CANARY) });
}

/** Reads a topic as far as the network lets it. */
async function steal(task: Extract<Errand, { name: 'steal' }>): Promise<void> {
  const kafka = outsideClient(task.bootstrap, {
    connectionTimeout: 1500,
    requestTimeout: 3000,
    retry: { retries: 1 },
  });
  let found = 0;
  try {
    // The reader is patient with brokers that are away; a thief is not.
    await kafka.admin().connect();
    await readTopic(kafka, task.topic, (records) => {
      found += records.filter(({ value }) => value?.includes(CANARY)).length;
    });
    say({ stolen: found });
  } catch (error) {
    say({ stolen: found, failed: error instanceof Error ? error.name : 'unknown' });
  }
  process.exit(0);
}

async function move(task: Extract<Errand, { name: 'move' }>): Promise<void> {
  const admin = outsideClient(task.bootstrap).admin();
  await admin.connect();
  const topics = assigned(task.topics).map(({ topic, replicaAssignment }) => ({
    topic,
    partitionAssignment: replicaAssignment,
  }));
  await admin.alterPartitionReassignments({ topics });
  await until('reassignments to end', async () => {
    const { topics: moving } = await admin.listPartitionReassignments({});
    return moving.length === 0;
  });
  await admin.disconnect();
  say({ done: true });
}

/** The broker makes its internal topics when it is first asked for a coordinator. */
async function ready(bootstrap: string): Promise<void> {
  const kafka = outsideClient(bootstrap);
  const producer = kafka.producer({ transactionalId: 'warm-up', idempotent: true });
  await producer.connect();
  await (await producer.transaction()).abort();
  await producer.disconnect();
  const admin = kafka.admin();
  await admin.connect();
  await until('a coordinator', () =>
    admin.fetchOffsets({ groupId: 'warm-up' }).then(
      () => true,
      () => false,
    ),
  );
  await admin.disconnect();
}

function assigned(topics: Readonly<Record<string, readonly (readonly number[])[]>>) {
  return Object.entries(topics).map(([topic, partitions]) => ({
    topic,
    replicaAssignment: partitions.map((replicas, partition) => ({
      partition,
      replicas: [...replicas],
    })),
  }));
}
