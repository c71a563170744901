import { Anonymizer } from '../../../src/anonymization/anonymizer.ts';
import { avroCodec, unframe } from '../../rig/avro.ts';
import type { ReadRecord } from '../../rig/client.ts';
import { readCommitted } from '../../rig/reference-client.ts';
import { PARTITIONS, PUBLIC, RAW, rules, schema } from './setting.ts';

export interface Verdict {
  readonly input: number;
  readonly tombstones: number;
  readonly output: number;
  readonly missing: number;
  readonly surplus: number;
  /** Places where the record is not the one expected there: another, out of order, or wrongly transformed. */
  readonly wrong: number;
  /** The first of them in each partition, as `partition@offset`: coordinates, no values. */
  readonly firstWrong: readonly string[];
  readonly outputSchemaIds: readonly number[];
}

/**
 * Compares the raw topic with the sanitized one, record by record and partition by partition, as a read_committed consumer sees both. What
 * each record must become is worked out here with the library's own door, without streaming.
 */
export async function judge(bootstrapServers: string, root: Uint8Array): Promise<Verdict> {
  const raw = await byPartition(bootstrapServers, RAW);
  const sanitized = await byPartition(bootstrapServers, PUBLIC);
  const expect = new Expectation(root);
  const ids = new Set<number>();
  const firstWrong: string[] = [];
  const sum = { input: 0, tombstones: 0, output: 0, missing: 0, surplus: 0, wrong: 0 };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const before = raw.get(partition) ?? [];
    const after = sanitized.get(partition) ?? [];
    const expected = expect.all(before);
    sum.input += before.length;
    sum.output += after.length;
    sum.tombstones += before.filter(({ value }) => value === null).length;
    sum.missing += Math.max(0, before.length - after.length);
    sum.surplus += Math.max(0, after.length - before.length);
    for (const [index, record] of after.entries()) {
      const wanted = expected[index];
      if (record.value !== null) ids.add(unframe(record.value).schemaId);
      if (wanted !== undefined && same(wanted, record)) continue;
      sum.wrong++;
      if (!firstWrong.some((place) => place.startsWith(`${partition}@`)))
        firstWrong.push(`${partition}@${record.offset}`);
    }
  }
  return { ...sum, firstWrong, outputSchemaIds: [...ids] };
}

interface Wanted {
  readonly key: string;
  readonly payload: Uint8Array | null;
  readonly sequence: string;
  readonly timestamp: number;
}

function same(wanted: Wanted, record: ReadRecord): boolean {
  const payload = record.value === null ? null : unframe(record.value).payload;
  return (
    record.key?.toString() === wanted.key &&
    record.timestamp === wanted.timestamp &&
    headerOf(record) === wanted.sequence &&
    (payload === null
      ? wanted.payload === null
      : wanted.payload !== null && payload.equals(wanted.payload))
  );
}

class Expectation {
  readonly #anonymizer: Anonymizer;
  readonly #input = avroCodec(schema);
  readonly #tokens = new Map<string, string>();

  constructor(root: Uint8Array) {
    this.#anonymizer = Anonymizer.compile({
      schema: { type: 'AVRO', text: schema },
      rules,
      keys: { roots: { '1': root }, current: '1' },
    });
  }

  all(records: readonly ReadRecord[]): readonly Wanted[] {
    const payloads = records.map(({ value }) => (value === null ? null : unframe(value).payload));
    const outcomes = this.#anonymizer.anonymize(payloads);
    return records.map((record, index) => {
      const outcome = outcomes[index];
      if (outcome?.status !== 'written') throw new Error('The load holds a record that is refused');
      return {
        key: this.#token(record.key?.toString() ?? ''),
        payload: outcome.value,
        sequence: headerOf(record),
        timestamp: record.timestamp,
      };
    });
  }

  /** A record key has the token that the same text has as a field under the same domain. */
  #token(person: string): string {
    let token = this.#tokens.get(person);
    if (token === undefined) {
      const carrier = { sequence: 0, person, email: null, pages: [], bornOn: 0 };
      const [outcome] = this.#anonymizer.anonymize([this.#input.encode(carrier)]);
      if (outcome?.status !== 'written' || outcome.value === null) throw new Error('No token');
      token = (avroCodec(this.#anonymizer.outputSchema).decode(outcome.value) as { person: string })
        .person;
      this.#tokens.set(person, token);
    }
    return token;
  }
}

function headerOf(record: ReadRecord): string {
  return String(record.headers['sequence']);
}

async function byPartition(
  bootstrapServers: string,
  topic: string,
): Promise<ReadonlyMap<number, readonly ReadRecord[]>> {
  return Map.groupBy(await readCommitted(bootstrapServers, topic), ({ partition }) => partition);
}
