/**
 * A Kafka client that is sent on an errand in a pod: `errand.ts <options as JSON>`. Says what happens in lines of JSON, and ends early when its
 * input does. It stands alone, since in a pod it is one mounted file beside the libraries of the service's image.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, MessagesStreamFallbackModes, MessagesStreamModes } from '@platformatic/kafka';
import avsc from 'avsc';
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs';
import type { Errand, Login } from './errands.ts';

const CANARY = 'canary';

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
  case 'race':
    await race(errand);
    break;
}

/** Writes orders at a steady pace, numbered from `first`, until it has written `count` or its input ends. */
async function produce(task: Extract<Errand, { name: 'produce' }>): Promise<void> {
  const type = avsc.Type.forSchema(JSON.parse(task.schema) as avsc.Schema);
  const producer = client(task).producer({ retry: { retries: 30 } });
  await producer.connect();
  process.stdin.resume();
  let number = task.first;
  for (; !process.stdin.readableEnded && number < task.first + task.count; number++) {
    const order = { id: number, email: `${CANARY}-${number}@mail.example`, amount: number };
    const head = Buffer.alloc(5);
    head.writeInt32BE(task.schemaId, 1);
    const value = Buffer.concat([head, type.toBuffer(order)]);
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
  const tls = credentials(task.login);
  const consumer = new Consumer({
    clientId: task.group,
    groupId: task.group,
    bootstrapBrokers: [...task.servers],
    maxWaitTime: 50,
    heartbeatInterval: 500,
    autocommit: true,
    tls,
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

/** Reads a topic as far as network and broker let it, for as long as it is told. */
async function steal(task: Extract<Errand, { name: 'steal' }>): Promise<void> {
  let stolen = 0;
  const impatient = { connectionTimeout: 1500, requestTimeout: 3000, retry: { retries: 1 } };
  const consumer = client(task, impatient).consumer({
    groupId: `thief-${process.pid}-${Date.now()}`,
    maxWaitTimeInMs: 100,
  });
  const over = sleep(task.patience);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: task.topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage({ message }) {
        if (message.value?.includes(CANARY) === true) stolen++;
        return Promise.resolve();
      },
    });
    await over;
    say({ stolen });
  } catch (error) {
    say({ stolen, failed: error instanceof Error ? error.name : 'unknown' });
  }
  process.exit(0);
}

/** Tries to connect again and again from its first moment on. Says the ms since the start of this process at which it got through, and how often. */
async function race(task: Extract<Errand, { name: 'race' }>): Promise<void> {
  let open = 0;
  let last = -1;
  while (performance.now() < task.patience) {
    const through = await reaches(task.host, task.port);
    if (through) {
      open++;
      last = performance.now();
    }
    await sleep(5);
  }
  say({ open, last });
  process.exit(0);
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (yes: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(yes);
    };
    const timer = setTimeout(() => answer(false), 300);
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

function client(
  { servers, login }: { readonly servers: readonly string[]; readonly login: Login },
  options: Partial<KafkaConfig> = {},
): Kafka {
  return new kafkajs.Kafka({
    clientId: 'errand',
    brokers: [...servers],
    ssl: credentials(login),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 2000, retries: 30 },
    ...options,
  });
}

/** Without a certificate of one's own the broker takes one for `User:ANONYMOUS`. */
function credentials({ authority, identity }: Login): {
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
} {
  const ca = [readFileSync(authority, 'utf8')];
  if (identity === undefined) return { ca };
  return {
    ca,
    cert: readFileSync(join(identity, 'tls.crt'), 'utf8'),
    key: readFileSync(join(identity, 'tls.key'), 'utf8'),
  };
}
