/** Judges what was fetched: unpacks it, learns the schemas that its records name, and looks at one record in so many. */
import {
  RecordBatchReader,
  type UnpackedRecords,
} from '../../streaming/kafka/batches/record-batch-reader.ts';
import { RecordBatchError } from '../../streaming/kafka/batches/record-batch-error.ts';
import type { RawSlice } from '../../streaming/kafka/port.ts';
import type { ServiceSettings } from '../../streaming/settings.ts';
import { LeafJudge } from './leaf-judge.ts';
import { RecordAudit } from './record-audit.ts';
import type { AuditCode } from './codes.ts';
import type { AuditSettings } from './settings.ts';
import type { Part, SchemaSource } from './target-schemas.ts';
import { TargetSchemas } from './target-schemas.ts';
import type { Target } from './target.ts';
import type { SchemaName } from '../../streaming/shard/messages.ts';

/** A find in a record. */
export interface Found {
  readonly code: AuditCode;
  readonly path: string;
  readonly offset: bigint;
}

export interface SliceResult {
  readonly judged: number;
  /** Left out by `audit.sample`. */
  readonly skipped: number;
  readonly finds: readonly Found[];
}

/** Records of one batch at most, and decompressed bytes of a chunk. */
const mostRecords = 1 << 20;
const chunkBytes = 4 << 20;

export class SliceAudit {
  readonly #audit: AuditSettings;
  readonly #limits: ServiceSettings['limits'];
  readonly #schemas: TargetSchemas;
  readonly #reader: RecordBatchReader;
  readonly #judges = new Map<string, LeafJudge>();

  constructor(options: {
    readonly audit: AuditSettings;
    readonly limits: ServiceSettings['limits'];
    readonly source: SchemaSource;
  }) {
    this.#audit = options.audit;
    this.#limits = options.limits;
    this.#schemas = new TargetSchemas(options.source);
    this.#reader = new RecordBatchReader({
      batchBytes: options.limits.inFlightBytes,
      chunkBytes,
      batchRecords: mostRecords,
    });
  }

  /** Leaves of each route whose values can't be told from raw ones: path → technique. */
  blind(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    return new Map([...this.#judges].map(([route, judge]) => [route, judge.blind]));
  }

  /**
   * Judges one slice. A batch that can't be read is a find, and what follows it in the slice is not judged.
   *
   * @throws RegistryError where the registry gives no answer; the slice may be given again
   */
  async check(target: Target, slice: RawSlice): Promise<SliceResult> {
    const counts = { judged: 0, skipped: 0 };
    // Kept until the slice is done, so that a second attempt counts nothing twice.
    const finds: Found[] = [];
    let offsets = new Float64Array(0);
    const audit = new RecordAudit({
      target,
      schemas: this.#schemas,
      judge: this.#judgeOf(target.route.name),
      limits: this.#limits,
      found: (code, path, row) => void finds.push({ code, path, offset: BigInt(offsets[row]!) }),
    });
    try {
      for (const records of this.#reader.unpack(slice)) {
        offsets = records.offsets;
        const rows = this.#rowsOf(records);
        await this.#learn(target, audit, records, rows);
        for (const row of rows) audit.check(records, row);
        counts.judged += rows.length;
        counts.skipped += records.count - rows.length;
      }
    } catch (error) {
      if (!(error instanceof RecordBatchError)) throw error;
      finds.push({ code: 'BATCH_UNREADABLE', path: '', offset: error.batch ?? slice.from });
    }
    return { ...counts, finds };
  }

  #judgeOf(route: string): LeafJudge {
    const known = this.#judges.get(route);
    if (known !== undefined) return known;
    const allow = this.#audit.allow.filter((one) => one.route === route);
    const judge = new LeafJudge(this.#audit.detectors, allow);
    this.#judges.set(route, judge);
    return judge;
  }

  #rowsOf({ count, offsets }: UnpackedRecords): readonly number[] {
    const rows: number[] = [];
    for (let row = 0; row < count; row++)
      if (offsets[row]! % this.#audit.sample === 0) rows.push(row);
    return rows;
  }

  async #learn(
    target: Target,
    audit: RecordAudit,
    records: UnpackedRecords,
    rows: readonly number[],
  ): Promise<void> {
    const wanted = new Map<string, readonly [Part, SchemaName]>();
    for (const row of rows)
      for (const [part, name] of audit.schemasOf(records, row))
        wanted.set(`${part} ${name.kind === 'id' ? name.id : name.guid}`, [part, name]);
    for (const [part, name] of wanted.values()) await this.#schemas.judge(target, part, name);
  }
}
