import { setTimeout as sleep } from 'node:timers/promises';
import { avroCodec, frame } from '../../rig/avro.ts';
import { ReferenceProducer, type RecordToWrite } from '../../rig/reference-client.ts';
import { LATE_RAW, PARTITIONS, RAW, schema } from './setting.ts';

/** Milliseconds between two records of a partition. */
export const CADENCE = 40;
const PERSONS = 50;

export interface Order {
  readonly sequence: number;
  readonly person: string;
  readonly note: string;
}

/** What the record with this number holds, in every partition. */
export function orderOf(sequence: number): Order {
  return { sequence, person: `person-${sequence % PERSONS}`, note: `note ${sequence}` };
}

/** One record each {@link CADENCE} for each partition of both topics, numbered from 0 in each partition. */
export class Load implements AsyncDisposable {
  readonly #bootstrapServers: string;
  readonly #schemaId: number;
  readonly #codec = avroCodec(schema);
  readonly #stop = new AbortController();
  /** Records acknowledged in each partition. */
  sent = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(bootstrapServers: string, schemaId: number) {
    this.#bootstrapServers = bootstrapServers;
    this.#schemaId = schemaId;
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    await using producer = await ReferenceProducer.start(this.#bootstrapServers);
    for (let due = performance.now(); !this.#stop.signal.aborted; due += CADENCE) {
      await producer.write(this.#records());
      this.sent++;
      await sleep(Math.max(0, due + CADENCE - performance.now()));
    }
  }

  #records(): readonly RecordToWrite[] {
    const order = orderOf(this.sent);
    const record = {
      key: order.person,
      value: frame(this.#schemaId, this.#codec.encode(order)),
      headers: { sequence: String(order.sequence) },
    };
    return [
      ...Array.from({ length: PARTITIONS }, (_, partition) => ({
        ...record,
        topic: RAW,
        partition,
      })),
      { ...record, topic: LATE_RAW, partition: 0 },
    ];
  }
}
