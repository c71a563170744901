/**
 * Apache Kafka's own clients, as the last word in tests with outages. kafkajs is good enough elsewhere, but across a leader's death it repeats or
 * drops its own sends, and it sorts out aborted transactions in the order of their ends: with two producers in a partition it may show
 * records that were never committed.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { ReadRecord } from './client.ts';
import { installKafka, LOG_CONFIGURATION } from './install.ts';

const PROGRAM = join(import.meta.dirname, 'reference', 'ReferenceClient.java');

export interface ReferenceOptions {
  /** Words in front of the command, such as those that enter a network namespace. */
  readonly enter?: readonly string[];
  /** File with further properties of a client, such as those of TLS. */
  readonly properties?: string;
}

/** Reads all committed records of a topic up to its present end, in order per partition. */
export async function readCommitted(
  bootstrapServers: string,
  topic: string,
  { enter = [], properties }: ReferenceOptions = {},
): Promise<readonly ReadRecord[]> {
  const more = properties === undefined ? [] : [properties];
  const client = await start(['read', bootstrapServers, topic, ...more], enter);
  client.stdin.end();
  const ended = once(client, 'exit') as Promise<[number | null]>;
  const chunks: Buffer[] = [];
  for await (const chunk of client.stdout) chunks.push(chunk as Buffer);
  const [code] = await ended;
  if (code !== 0) throw new Error(`The reference client ended with ${code} reading "${topic}"`);
  return [...records(topic, new Cursor(Buffer.concat(chunks)))];
}

/** One record to write; `codec` as Kafka's `compression.type` names it. */
export interface RecordToWrite {
  readonly codec?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  readonly topic: string;
  readonly partition: number;
  readonly timestamp?: number;
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An idempotent producer that neither repeats nor drops: what `write` resolved for is in the topic once. */
export class ReferenceProducer implements AsyncDisposable {
  readonly #client: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;

  private constructor(client: ChildProcessByStdio<Writable, Readable, null>) {
    this.#client = client;
    this.#ended = once(client, 'exit');
    // Written to after its end: `write` tells by its own means.
    client.stdin.on('error', () => undefined);
  }

  static async start(bootstrapServers: string): Promise<ReferenceProducer> {
    return new ReferenceProducer(await start(['write', bootstrapServers]));
  }

  /** Resolves when all are acknowledged by all replicas in sync. One call at a time. */
  async write(records: readonly RecordToWrite[]): Promise<void> {
    this.#client.stdin.write(Buffer.concat([...records.flatMap(encoded), sized('')]));
    const answer = await Promise.race([
      once(this.#client.stdout, 'data').then(([data]) => (data as Buffer).readInt32BE(0)),
      this.#ended.then(() => -1),
    ]);
    if (answer !== 0) throw new Error(`The reference producer: ${answer} records failed`);
  }

  /** Gives up what is not acknowledged: brokers may be gone already. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.kill('SIGKILL');
    await this.#ended;
  }
}

async function start(
  args: readonly string[],
  enter: readonly string[] = [],
): Promise<ChildProcessByStdio<Writable, Readable, null>> {
  const classPath = await installKafka();
  const flags = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-Drig.log.level=OFF'];
  const [command, ...rest] = [...enter, 'java'];
  return spawn(
    command,
    [
      ...rest,
      ...flags,
      `-Dlog4j2.configurationFile=${LOG_CONFIGURATION}`,
      '-cp',
      classPath,
      PROGRAM,
      ...args,
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  long(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }

  bytes(): Buffer | null {
    const length = this.int();
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function* records(topic: string, cursor: Cursor): Generator<ReadRecord> {
  for (;;) {
    const partition = cursor.int();
    if (partition < 0) return;
    const offset = cursor.long();
    const timestamp = Number(cursor.long());
    const key = cursor.bytes();
    const value = cursor.bytes();
    const headers: Record<string, Buffer> = {};
    for (let left = cursor.int(); left > 0; left--) {
      const name = cursor.bytes()?.toString() ?? '';
      headers[name] = cursor.bytes() ?? Buffer.alloc(0);
    }
    yield { topic, partition, offset, timestamp, key, value, headers };
  }
}

function encoded(record: RecordToWrite): Buffer[] {
  const numbers = Buffer.alloc(12);
  numbers.writeInt32BE(record.partition, 0);
  numbers.writeBigInt64BE(BigInt(record.timestamp ?? -1), 4);
  const headers = Object.entries(record.headers ?? {});
  return [
    sized(record.codec ?? 'none'),
    sized(record.topic),
    numbers,
    sized(record.key),
    sized(record.value),
    int(headers.length),
    ...headers.flatMap(([name, value]) => [sized(name), sized(value)]),
  ];
}

function sized(content: string | Buffer | null): Buffer {
  if (content === null) return int(-1);
  const bytes = Buffer.from(content as string);
  return Buffer.concat([int(bytes.length), bytes]);
}

function int(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}
