import { setTimeout as sleep } from 'node:timers/promises';
import { avroCodec, frame } from '../../rig/avro.ts';
import { ReferenceProducer, type RecordToWrite } from '../../rig/reference-client.ts';
import { PARTITIONS, RAW, schema } from './setting.ts';

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const BATCH = 600;
const TOMBSTONE_EVERY = 37;

/** Fills the raw topic for as long as it is asked to: rising sequence numbers with gaps, tombstones, codec after codec. */
export class Load {
  readonly #bootstrapServers: string;
  readonly #schemaId: number;
  readonly #codec = avroCodec(schema);
  readonly #stop = new AbortController();
  readonly #epoch = Date.now();
  #sequence = 0;
  #sent = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(bootstrapServers: string, schemaId: number) {
    this.#bootstrapServers = bootstrapServers;
    this.#schemaId = schemaId;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Starts to send about `rate` records a second, and a fifth of it after `full` records: the rest only keeps things moving. */
  start({ rate, full }: { readonly rate: number; readonly full: number }): void {
    this.#done = this.#run(rate, full);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(rate: number, full: number): Promise<void> {
    await using producer = await ReferenceProducer.start(this.#bootstrapServers);
    for (let turn = 0; !this.#stop.signal.aborted; turn++) {
      const codec = CODECS[turn % CODECS.length] ?? 'none';
      await producer.write(Array.from({ length: BATCH }, () => this.#record(codec)));
      this.#sent += BATCH;
      await sleep((BATCH / (this.#sent < full ? rate : rate / 5)) * 1000);
    }
  }

  #record(codec: (typeof CODECS)[number]): RecordToWrite {
    // Gaps of one to three: nobody can find a lost record by counting, only by comparing.
    this.#sequence += 1 + (this.#sequence % 3);
    const sequence = this.#sequence;
    const person = `person-${sequence % 5000}`;
    const tombstone = sequence % TOMBSTONE_EVERY === 0;
    const value = {
      sequence,
      person,
      email: sequence % 5 === 0 ? null : `${person}@example.com`,
      pages: Array.from({ length: sequence % 4 }, (_, page) => `/page/${page}`),
      bornOn: sequence % 20_000,
    };
    return {
      codec,
      topic: RAW,
      key: person,
      value: tombstone ? null : frame(this.#schemaId, this.#codec.encode(value)),
      partition: (sequence % 5000) % PARTITIONS,
      headers: { sequence: String(sequence) },
      // Recent, or the broker's retention deletes it.
      timestamp: this.#epoch + (sequence % 1000),
    };
  }
}
