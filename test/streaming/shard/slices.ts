/** Raw slices made by the batch writer, and the way back; plans compiled from real schemas. No broker. */
import { compile } from '../../../src/anonymization/plan/compile.ts';
import { link } from '../../../src/anonymization/formats/link.ts';
import { KeyRing } from '../../../src/anonymization/crypto/key-ring.ts';
import type { Rules } from '../../../src/anonymization/rules/rules.ts';
import { techniqueSpecSchema } from '../../../src/anonymization/rules/technique-spec.ts';
import type { TechniqueSpec } from '../../../src/anonymization/rules/technique-spec.ts';
import type { EncodedSlice, Generation, RawSlice } from '../../../src/streaming/kafka/port.ts';
import { crc32c } from '../../../src/streaming/kafka/batches/crc32c.ts';
import { RecordBatchReader } from '../../../src/streaming/kafka/batches/record-batch-reader.ts';
import { encodeRecords } from '../../../src/streaming/kafka/batches/record-batch-writer.ts';
import type { PlainRecord } from '../../../src/streaming/kafka/batches/record-batch-writer.ts';
import { HeaderSpans } from '../../../src/streaming/kafka/batches/record-headers.ts';
import { writeFrame } from '../../../src/streaming/registry/framing.ts';
import { AnonymizingTransformer } from '../../../src/streaming/shard/anonymizing-transformer.ts';
import type {
  PlanAnswer,
  PlanWanted,
  ResolvedTopics,
} from '../../../src/streaming/shard/messages.ts';
import { PlanStore } from '../../../src/streaming/shard/plan-store.ts';
import type { TransformedSlice } from '../../../src/streaming/shard/record-transformer.ts';
import type { RouteSettings, StreamingSettings } from '../../../src/streaming/settings.ts';

export const generation: Generation = { id: 1, memberId: 'm', groupInstanceId: null };

export function spec(input: unknown): TechniqueSpec {
  return techniqueSpecSchema.parse(input);
}

/** `{ name: string }`, where the name is classified. */
export const personSchema = JSON.stringify({
  type: 'record',
  name: 'Person',
  fields: [{ name: 'name', type: 'string', 'confluent:tags': ['NAME'] }],
});

/** Avro bytes of a person behind the frame of schema `id`. */
export function person(id: number, name: string): Buffer {
  const text = Buffer.from(name);
  return Buffer.concat([writeFrame(id), Buffer.from([text.length * 2]), text]);
}

export function record(
  key: string | null,
  value: Buffer | null,
  headers: PlainRecord['headers'] = [],
): PlainRecord {
  return {
    key: key === null ? null : Buffer.from(key),
    value,
    headers,
    timestamp: 1_700_000_000_000,
  };
}

/** A slice as a Fetch response would hold it. */
export function rawSlice(
  records: readonly PlainRecord[],
  changes: Partial<RawSlice> = {},
): RawSlice {
  const from = changes.from ?? 0n;
  const encoded = encodeRecords(records, {
    codec: 'none',
    maxBatchBytes: 1 << 20,
    transactional: false,
  });
  const bytes = Buffer.concat([encoded.buffer, Buffer.alloc(16)]);
  let base = from;
  for (const { offset, length, count } of encoded.batches) {
    bytes.writeBigInt64BE(base, offset);
    bytes.writeUInt32BE(crc32c(bytes.subarray(offset + 21, offset + length)), offset + 17);
    base += BigInt(count);
  }
  return {
    topic: 'raw',
    partition: 0,
    generation,
    from,
    next: base,
    bytes: bytes.subarray(0, encoded.buffer.length),
    aborted: [],
    end: base,
    ...changes,
  };
}

export interface ReadBack {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** The records that an encoded slice holds. */
export function readBack({ buffer, batches }: EncodedSlice): readonly ReadBack[] {
  const bytes = Buffer.concat([buffer, Buffer.alloc(16)]);
  for (const { offset, length } of batches)
    bytes.writeUInt32BE(crc32c(bytes.subarray(offset + 21, offset + length)), offset + 17);
  const reader = new RecordBatchReader({
    batchBytes: 1 << 24,
    batchRecords: 1 << 16,
    chunkBytes: 1 << 20,
  });
  const spans = new HeaderSpans();
  const found: ReadBack[] = [];
  for (const { offset, length } of batches) {
    const one = Buffer.concat([bytes.subarray(offset, offset + length), Buffer.alloc(16)]);
    const slice = { bytes: one.subarray(0, length), from: 0n, aborted: [] };
    for (const chunk of reader.unpack(slice))
      for (let i = 0; i < chunk.count; i++) {
        const text = (start: number, end: number): string | null =>
          start < 0 ? null : chunk.bytes.toString('utf8', start, end);
        spans.read(chunk.bytes, chunk.headerStarts[i]!, chunk.headerEnds[i]!);
        const value = chunk.valueStarts[i]!;
        found.push({
          key: text(chunk.keyStarts[i]!, chunk.keyEnds[i]!),
          value: value < 0 ? null : Buffer.from(chunk.bytes.subarray(value, chunk.valueEnds[i])),
          timestamp: chunk.timestamps[i]!,
          headers: Array.from(
            { length: spans.count },
            (_, h) =>
              [
                text(spans.nameStarts[h]!, spans.nameEnds[h]!) ?? '',
                text(spans.valueStarts[h]!, spans.valueEnds[h]!),
              ] as const,
          ),
        });
      }
  }
  return found;
}

const rules: Rules = {
  unclassified: 'refuse',
  precedence: [],
  inlineTechniques: 'allow',
  global: { tags: new Map([['NAME', spec({ technique: 'constant', value: 'X' })]]), fields: [] },
  route: { tags: new Map(), fields: [] },
};

export const resolved: ResolvedTopics = {
  quarantinePartitions: 3,
  topics: [
    {
      route: 'people',
      fromCluster: 'main',
      from: 'raw',
      toCluster: 'main',
      to: 'public',
      toPartitions: 4,
      toMessageBytes: 1_000_000,
      toCompacted: false,
    },
  ],
};

export function settings(route: Partial<RouteSettings> = {}): StreamingSettings {
  return {
    clusters: new Map([
      [
        'main',
        {
          name: 'main',
          bootstrapServers: [],
          clientId: 'test',
          tls: null,
          sasl: null,
          requestTimeout: 1000,
        },
      ],
    ]),
    registry: {
      url: 'http://127.0.0.1:1',
      auth: { type: 'none' },
      tls: null,
      requestTimeout: 5000,
      retries: 0,
      negativeTtl: 1000,
      cacheEntries: 10,
    },
    keys: { directory: '', current: '' },
    routes: [
      {
        name: 'people',
        from: { cluster: 'main', topic: 'raw', pattern: null },
        to: {
          cluster: 'main',
          topic: 'public',
          create: false,
          partitions: null,
          replicationFactor: null,
        },
        key: { type: 'string', spec: spec({ technique: 'keep' }) },
        headers: new Map(),
        timestamp: spec({ technique: 'keep' }),
        rules,
        onRefusal: 'quarantine',
        subjectNameStrategy: 'topic',
        outputSubjectNameStrategy: 'topic',
        framing: 'prefix',
        compression: 'source',
        partition: 'source',
        ...route,
      },
    ],
    quarantine: { cluster: 'main', topic: 'quarantine', create: false },
    service: {
      groupId: 'g',
      instanceId: null,
      shards: 1,
      dryRun: false,
      sessionTimeout: 1000,
      rebalanceTimeout: 1000,
      heartbeatInterval: 100,
      startFrom: 'earliest',
      transaction: { maxAge: 20, maxBytes: 1 << 20, timeout: 1000 },
      limits: {
        recordBytes: 1 << 20,
        depth: 64,
        items: 1000,
        inFlightBytes: 1 << 24,
        fetchBytes: 1 << 20,
        partitionFetchBytes: 1 << 20,
        outputBatchBytes: 900_000,
        plans: 10,
        schemaBytes: 1 << 16,
      },
      heartbeatDeadline: 1000,
      drainTimeout: 1000,
    },
  };
}

/** Plans as the main thread would answer: ids below 100 are persons written as id + 100, 404 is unknown, others are refused. */
export function answer({ schema, route }: PlanWanted): PlanAnswer {
  const id = schema.kind === 'id' ? schema.id : 7;
  if (id >= 100)
    return {
      kind: 'refused',
      outcome: id === 404 ? 'SCHEMA_UNKNOWN' : 'SCHEMA_REFUSED',
      schemaId: id,
      ttl: 1000,
    };
  const plan = compile({ schema: personSchema, rules });
  return route === 'people'
    ? { kind: 'ready', plan, schemaId: id, outputSchemaId: id + 100 }
    : { kind: 'unavailable', code: 'ROUTE_UNKNOWN' };
}

export interface Bench {
  readonly transformer: AnonymizingTransformer;
  readonly asked: PlanWanted[];
}

export function bench(
  route: Partial<RouteSettings> = {},
  topics: ResolvedTopics = resolved,
  answers: (wanted: PlanWanted) => PlanAnswer | Promise<PlanAnswer> = answer,
): Bench {
  const all = settings(route);
  const keys = KeyRing.fromRootKeys(new Map([['k', new Uint8Array(32).fill(1)]]), 'k');
  const asked: PlanWanted[] = [];
  const store = new PlanStore({
    ask: async (wanted) => {
      asked.push(wanted);
      return await answers(wanted);
    },
    link: (plan) => link(plan, keys, all.service.limits),
    bound: all.service.limits.plans,
    now: () => performance.now(),
  });
  const transformer = new AnonymizingTransformer({
    settings: all,
    cluster: 'main',
    resolved: topics,
    keys,
    store,
  });
  return { transformer, asked };
}

/** Transforms until no plan is missing. */
export async function transformed(
  { transformer }: Bench,
  slice: RawSlice,
): Promise<TransformedSlice> {
  for (;;) {
    const result = transformer.transform(slice);
    if (result.kind === 'done') return result.output;
    await result.ready;
  }
}
