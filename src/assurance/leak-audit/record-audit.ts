/** Judges the records of one target: key, value, headers and timestamp against what the plan and the route promise. */
import { HeaderSpans } from '../../streaming/kafka/batches/record-headers.ts';
import {
  readHeaderId,
  readPrefixId,
  frameLength,
  schemaIdHeader,
} from '../../streaming/registry/framing.ts';
import type { RecordColumns } from '../../streaming/kafka/batches/record-columns.ts';
import type { SchemaName } from '../../streaming/shard/messages.ts';
import type { Plan } from '../../anonymization/plan/plan.ts';
import { Unreadable, type CursorLimits } from './avro/cursor.ts';
import type { AuditCode } from './codes.ts';
import { declaredValue } from './declared-value.ts';
import type { LeafJudge } from './leaf-judge.ts';
import type { Leaf } from './leaf.ts';
import type { Part, TargetSchemas } from './target-schemas.ts';
import type { Target } from './target.ts';

export interface RecordAuditOptions {
  readonly target: Target;
  readonly schemas: TargetSchemas;
  readonly judge: LeafJudge;
  readonly limits: CursorLimits;
  /** Told for each find, with the row of the record. */
  readonly found: (code: AuditCode, path: string, row: number) => void;
}

const latin = (bytes: Buffer): string => bytes.toString('latin1');

/** Names of headers are compared as bytes, so that no name can look like another. */
const nameOf = (text: string): string => latin(Buffer.from(text));

const frameHeaders: Readonly<Record<Part, string>> = {
  key: nameOf(schemaIdHeader.key),
  value: nameOf(schemaIdHeader.value),
};

export class RecordAudit {
  readonly #options: RecordAuditOptions;
  readonly #spans = new HeaderSpans();
  readonly #headerPlans: ReadonlyMap<string, Plan>;
  /** Headers of the record at hand, names as Latin-1. */
  #headers: readonly (readonly [string, Buffer | null])[] = [];

  constructor(options: RecordAuditOptions) {
    this.#options = options;
    this.#headerPlans = new Map(
      [...options.target.declared.headers].map(([name, plan]) => [nameOf(name), plan]),
    );
  }

  /** The schemas that a record names; they must be judged before {@link check}. */
  *schemasOf(records: RecordColumns, row: number): Generator<readonly [Part, SchemaName]> {
    this.#readHeaders(records, row);
    for (const part of this.#framedParts()) {
      const bytes = bytesOf(records, part, row);
      const name = bytes === null ? null : this.#nameIn(part, bytes);
      if (name !== null) yield [part, name];
    }
  }

  /** Judges one record, whose schemas are known. */
  check(records: RecordColumns, row: number): void {
    this.#readHeaders(records, row);
    for (const part of ['key', 'value'] as const) {
      const bytes = bytesOf(records, part, row);
      if (bytes === null) continue;
      if (this.#framedParts().includes(part)) this.#checkFramed(part, bytes, row);
      else this.#checkDeclared(this.#options.target.declared.key, '$key', bytes, row);
    }
    this.#checkHeaders(row);
    const { timestamp } = this.#options.target.declared;
    const time = records.timestamps[row]!;
    if (timestamp !== null && time >= 0)
      this.#judge({ path: '$timestamp', step: timestamp.steps[0] ?? null }, BigInt(time), row);
  }

  #framedParts(): readonly Part[] {
    return this.#options.target.declared.key === null ? ['key', 'value'] : ['value'];
  }

  #checkFramed(part: Part, bytes: Buffer, row: number): void {
    const { target, schemas, limits, found } = this.#options;
    const root = part === 'key' ? '$key' : '$value';
    const name = this.#nameIn(part, bytes);
    if (name === null) {
      found('FRAME_MISSING', root, row);
      return;
    }
    const schema = schemas.get(target, part, name);
    if (schema === null || schema.standing === 'foreign') found('SCHEMA_FOREIGN', root, row);
    else if (schema.standing === 'other-rules') found('SCHEMA_OF_OTHER_RULES', root, row);
    if (schema === null || schema.walk === null) return;
    const payload = this.#inHeader ? bytes : bytes.subarray(frameLength);
    this.#reading(root, row, () =>
      schema.walk?.(payload, limits, (leaf, value) => {
        const path = part === 'key' ? `$key.${leaf.path}` : leaf.path;
        if (leaf.step === null && schema.standing === 'planned') found('LEAF_UNKNOWN', path, row);
        this.#judge({ ...leaf, path }, value, row);
      }),
    );
  }

  #checkDeclared(plan: Plan | null, path: string, bytes: Buffer, row: number): void {
    const step = plan?.steps[0];
    if (step === undefined) return;
    this.#reading(path, row, () =>
      this.#judge({ path, step }, declaredValue(step.output, bytes), row),
    );
  }

  #checkHeaders(row: number): void {
    const { found } = this.#options;
    for (const [name, value] of this.#headers) {
      if (this.#inHeader && Object.values(frameHeaders).includes(name)) continue;
      const plan = this.#headerPlans.get(name);
      if (plan === undefined) found('HEADER_UNEXPECTED', '$header', row);
      else if (value !== null)
        this.#checkDeclared(plan, plan.steps[0]?.path ?? '$header', value, row);
    }
  }

  #judge(leaf: Leaf, value: Parameters<LeafJudge['judge']>[1], row: number): void {
    for (const code of this.#options.judge.judge(leaf, value))
      this.#options.found(code, leaf.path, row);
  }

  /** What the bytes say about why they can't be read stays here. */
  #reading(path: string, row: number, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#options.found('VALUE_UNREADABLE', path, row);
    }
  }

  get #inHeader(): boolean {
    return this.#options.target.route.framing === 'header';
  }

  #nameIn(part: Part, bytes: Buffer): SchemaName | null {
    if (this.#inHeader) {
      const header = this.#headers.find(([name]) => name === frameHeaders[part])?.[1] ?? null;
      const said = header === null ? null : readHeaderId(header);
      return said === null || said.kind === 'unreadable' ? null : said;
    }
    const id = readPrefixId(bytes, 0, bytes.length);
    return id < 0 ? null : { kind: 'id', id };
  }

  #readHeaders(records: RecordColumns, row: number): void {
    if (records.headerCounts[row] === 0) {
      this.#headers = [];
      return;
    }
    const { bytes, headerStarts, headerEnds } = records;
    const spans = this.#spans;
    spans.read(bytes, headerStarts[row]!, headerEnds[row]!);
    this.#headers = Array.from({ length: spans.count }, (_, at) => {
      const start = spans.valueStarts[at]!;
      const value = start < 0 ? null : bytes.subarray(start, spans.valueEnds[at]);
      return [latin(bytes.subarray(spans.nameStarts[at], spans.nameEnds[at])), value] as const;
    });
  }
}

function bytesOf(records: RecordColumns, part: Part, row: number): Buffer | null {
  const { keyStarts, keyEnds, valueStarts, valueEnds, bytes } = records;
  const start = (part === 'key' ? keyStarts : valueStarts)[row]!;
  if (start < 0) return null;
  return bytes.subarray(start, (part === 'key' ? keyEnds : valueEnds)[row]);
}
