import { outcome } from '../../anonymization/outcomes.ts';
import type { PackedValues } from '../../anonymization/formats/rewriter.ts';
import type { Coordinates } from '../../anonymization/techniques/column.ts';
import type { RecordColumns } from '../kafka/batches/record-columns.ts';
import { FramedValues } from './framed-values.ts';
import type { PlanPlace, PlanStore, StoredPlan } from './plan-store.ts';
import { addStepCounts } from './rewritten-part.ts';
import type { RewrittenPart } from './rewritten-part.ts';
import { codeUnframed, SchemaScan } from './schema-scan.ts';

const noFrame = Buffer.alloc(0);
/** Schemas asked for at once: bounds what one hostile batch can make the main thread do. */
const maxWanted = 64;

/**
 * Keys or values that name a registered schema: finds the schema of each record, groups records by it, and rewrites each group with
 * its plan. A batch of one schema, the usual case, is rewritten as it stands, without an index.
 */
export class SchemaPart implements RewrittenPart {
  readonly #store: PlanStore;
  readonly #place: PlanPlace;
  readonly #part: 'key' | 'value';
  readonly #framing: 'prefix' | 'header';
  readonly #scan: SchemaScan;
  readonly #framed = new FramedValues();
  #plans = new Map<number, StoredPlan>();
  #outcomes = new Uint8Array(0);
  #failedSteps = new Int32Array(0);
  #rows = new Int32Array(0);
  #group = { starts: new Int32Array(0), ends: new Int32Array(0), offsets: new Float64Array(0) };

  constructor(store: PlanStore, place: PlanPlace, framing: 'prefix' | 'header') {
    this.#store = store;
    this.#place = place;
    this.#part = place.part;
    this.#framing = framing;
    this.#scan = new SchemaScan(place.part);
  }

  get values(): PackedValues {
    return this.#framed;
  }

  get outcomes(): Uint8Array {
    return this.#outcomes;
  }

  /** Records whose schema id stood in a header. */
  get fromHeaders(): number {
    return this.#scan.fromHeaders;
  }

  /** Looks at a batch. Answers `null` when every plan is there, else what resolves once the missing ones are. */
  prepare(records: RecordColumns): Promise<void> | null {
    const { starts, ends } = columnsOf(records, this.#part);
    this.#scan.scan(records, starts, ends);
    this.#plans = new Map();
    const missing: Promise<void>[] = [];
    for (const code of this.#scan.distinct) {
      const schema = this.#scan.nameOf(code);
      const plan = this.#store.find(this.#place, schema);
      if (plan !== null) this.#plans.set(code, plan);
      else if (missing.length < maxWanted) missing.push(this.#store.want(this.#place, schema));
    }
    return missing.length === 0 ? null : Promise.all(missing).then(() => undefined);
  }

  /** Rewrites the batch that was prepared. */
  rewrite(records: RecordColumns, where: Coordinates): void {
    const { count } = records;
    this.#begin(count);
    this.#framed.begin(count);
    const { distinct } = this.#scan;
    if (distinct.length > 0 && this.#plans.size === 1) this.#rewriteAll(records, where);
    else for (const code of distinct) this.#rewriteGroup(code, records, where);
    const { codes } = this.#scan;
    for (let i = 0; i < count; i++)
      if (codes[i] === codeUnframed) this.#outcomes[i] = outcome.FRAME_MISSING;
  }

  planOf(row: number): StoredPlan | null {
    return this.#plans.get(this.#scan.codes[row]!) ?? null;
  }

  pathOf(row: number): string {
    const plan = this.planOf(row);
    const step = this.#failedSteps[row]!;
    return plan?.kind === 'ready' ? (plan.rewriter.plan.steps[step]?.path ?? '') : '';
  }

  schemaIdOf(row: number): number | null {
    return this.planOf(row)?.schemaId ?? null;
  }

  digestOf(row: number): string {
    const plan = this.planOf(row);
    return plan?.kind === 'ready' ? plan.rewriter.plan.digest : '';
  }

  /** The frame of a record's output schema, for framing by header; `null` for a null value. */
  frameOf(row: number): Buffer | null {
    const plan = this.planOf(row);
    return plan?.kind === 'ready' ? plan.frame : null;
  }

  countSteps(into: Record<string, number>): void {
    for (const plan of this.#plans.values())
      if (plan.kind === 'ready') addStepCounts(plan.rewriter, into);
  }

  #rewriteAll(records: RecordColumns, where: Coordinates): void {
    const { count } = records;
    const code = this.#scan.distinct[0]!;
    const plan = this.#plans.get(code)!;
    if (plan.kind === 'refused') {
      this.#refuse(code, plan.outcome, count);
      return;
    }
    const { ends } = columnsOf(records, this.#part);
    const starts = this.#scan.payloadStarts;
    const values = { count, bytes: records.bytes, starts, ends };
    const result = plan.rewriter.rewrite(values, where);
    this.#outcomes.set(result.outcomes.subarray(0, count));
    this.#failedSteps.set(result.failedSteps.subarray(0, count));
    this.#framed.add(result, result.outcomes, null, this.#frame(plan.frame));
  }

  #rewriteGroup(code: number, records: RecordColumns, where: Coordinates): void {
    const { count } = records;
    const plan = this.#plans.get(code)!;
    if (plan.kind === 'refused') {
      this.#refuse(code, plan.outcome, count);
      return;
    }
    const { ends } = columnsOf(records, this.#part);
    const { codes, payloadStarts } = this.#scan;
    const rows = this.#rows;
    const group = this.#group;
    let size = 0;
    for (let i = 0; i < count; i++) {
      if (codes[i] !== code) continue;
      rows[size] = i;
      group.starts[size] = payloadStarts[i]!;
      group.ends[size] = ends[i]!;
      group.offsets[size] = where.offsets[i]!;
      size++;
    }
    const values = { count: size, bytes: records.bytes, starts: group.starts, ends: group.ends };
    const result = plan.rewriter.rewrite(values, { ...where, offsets: group.offsets });
    for (let i = 0; i < size; i++) {
      this.#outcomes[rows[i]!] = result.outcomes[i]!;
      this.#failedSteps[rows[i]!] = result.failedSteps[i]!;
    }
    this.#framed.add(result, result.outcomes, rows, this.#frame(plan.frame));
  }

  #refuse(code: number, reason: 'SCHEMA_UNKNOWN' | 'SCHEMA_REFUSED', count: number): void {
    const { codes } = this.#scan;
    for (let i = 0; i < count; i++) if (codes[i] === code) this.#outcomes[i] = outcome[reason];
  }

  #frame(frame: Buffer): Buffer {
    return this.#framing === 'prefix' ? frame : noFrame;
  }

  #begin(count: number): void {
    if (this.#outcomes.length < count) {
      const room = count * 2;
      this.#outcomes = new Uint8Array(room);
      this.#failedSteps = new Int32Array(room);
      this.#rows = new Int32Array(room);
      this.#group = {
        starts: new Int32Array(room),
        ends: new Int32Array(room),
        offsets: new Float64Array(room),
      };
    }
    this.#outcomes.fill(0, 0, count);
    this.#failedSteps.fill(-1, 0, count);
  }
}

function columnsOf(
  records: RecordColumns,
  part: 'key' | 'value',
): { readonly starts: Int32Array; readonly ends: Int32Array } {
  return part === 'key'
    ? { starts: records.keyStarts, ends: records.keyEnds }
    : { starts: records.valueStarts, ends: records.valueEnds };
}
