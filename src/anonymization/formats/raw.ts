import { outcome } from '../outcomes.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Plan } from '../plan/plan.ts';
import type { LeafType } from '../schema/tree.ts';
import type { Column, Coordinates, Replacements } from '../techniques/column.ts';
import { rowKept, rowNull } from '../techniques/column.ts';
import { FormatError } from './errors.ts';
import type { PackedValues, RecordLimits, RewrittenValues, Rewriter } from './rewriter.ts';
import { LinkedSteps } from './steps.ts';
import { isUtf8 } from './utf8.ts';

/**
 * Values without a schema, as record keys and headers often are: the whole value is one leaf of a declared type, in the form of
 * Kafka's own serializers (text as UTF-8, numbers big-endian).
 *
 * @throws FormatError `RAW_TYPE_UNSUPPORTED`
 */
export function linkRaw(plan: Plan, keys: KeyRing, limits: RecordLimits): Rewriter {
  return new RawRewriter(plan, keys, limits);
}

type RawKind = 'text' | 'bytes' | 'int' | 'long';

function rawKind(type: LeafType): RawKind {
  switch (type.kind) {
    case 'string':
      return 'text';
    case 'bytes':
      return 'bytes';
    case 'int':
    case 'long':
      return type.kind;
    case 'null':
    case 'boolean':
    case 'float':
    case 'double':
    case 'fixed':
    case 'enum':
      // A plan never declares these.
      throw new FormatError(
        'RAW_TYPE_UNSUPPORTED',
        `Link a value of type "${type.kind}" without a schema: declare string, bytes, uuid, int or long`,
      );
  }
}

class RawRewriter implements Rewriter {
  readonly plan: Plan;
  readonly #steps: LinkedSteps;
  readonly #limits: RecordLimits;
  readonly #input: RawKind;
  readonly #output: RawKind;
  readonly #kept: boolean;
  #outcomes = new Uint8Array(0);
  #failedSteps = new Int32Array(0);
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  #target = Buffer.alloc(4096);

  constructor(plan: Plan, keys: KeyRing, limits: RecordLimits) {
    const step = plan.steps[0]!;
    this.plan = plan;
    this.#limits = limits;
    this.#input = rawKind(step.input);
    this.#output = rawKind(step.output);
    this.#kept = step.technique.technique === 'keep';
    this.#steps = new LinkedSteps(plan, keys, new Set(this.#kept ? [] : [0]), () => true);
  }

  rewrite(values: PackedValues, where: Coordinates): RewrittenValues {
    const { count } = values;
    this.#prepare(count);
    const results = { outcomes: this.#outcomes, failedSteps: this.#failedSteps };
    this.#steps.begin(values.bytes);
    this.#gather(values);
    this.#steps.transform(where, count);
    const replaced = this.#steps.settle(values, results);
    const bytes = this.#kept ? this.#pass(values) : this.#scatter(values, replaced);
    return { count, bytes, starts: this.#starts, ends: this.#ends, ...results };
  }

  takeStepCounts(): Float64Array {
    return this.#steps.takeCounts();
  }

  #gather(values: PackedValues): void {
    const { bytes, starts, ends, count } = values;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const column = this.#steps.columns[0]!;
    for (let record = 0; record < count; record++) {
      const start = starts[record]!;
      const end = ends[record]!;
      if (start < 0) continue;
      const failure = this.#check(bytes, start, end);
      if (failure !== 0) {
        this.#outcomes[record] = failure;
        this.#failedSteps[record] = 0;
      } else addRow(column, this.#input, view, { record, start, end });
    }
  }

  #check(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.#limits.recordBytes) return outcome.RECORD_TOO_LARGE;
    switch (this.#input) {
      case 'text':
        return isUtf8(bytes, start, end) ? 0 : outcome.STRING_NOT_UTF8;
      case 'bytes':
        return 0;
      case 'int':
        return end - start === 4 ? 0 : outcome.KEY_TYPE_MISMATCH;
      case 'long':
        return end - start === 8 ? 0 : outcome.KEY_TYPE_MISMATCH;
    }
  }

  /** Kept values stay where they are: nothing is copied. */
  #pass({ bytes, starts, ends, count }: PackedValues): Uint8Array {
    for (let record = 0; record < count; record++) {
      const start = starts[record]!;
      this.#starts[record] = start;
      this.#ends[record] = this.#outcomes[record] === 0 ? ends[record]! : start;
    }
    return bytes;
  }

  #scatter(values: PackedValues, replaced: number): Uint8Array {
    const { bytes, starts, ends, count } = values;
    let room = replaced + 16;
    for (let record = 0; record < count; record++) room += ends[record]! - starts[record]!;
    if (this.#target.length < room) this.#target = Buffer.alloc(room * 2);
    const target = this.#target;
    const column = this.#steps.columns[0]!;
    const out = this.#steps.replacements[0]!;
    let at = 0;
    let row = 0;
    for (let record = 0; record < count; record++) {
      const hasRow = row < column.count && column.records[row] === record;
      const said = hasRow ? out.status[row]! : rowKept;
      const source = starts[record]!;
      const isNull = source < 0 || (said === rowNull && this.#outcomes[record] === 0);
      this.#starts[record] = isNull ? -1 : at;
      if (!isNull && this.#outcomes[record] === 0) {
        if (said === rowKept) {
          at = copyBytes(bytes, source, ends[record]!, target, at);
        } else at = writeRow(out, row, this.#output, target, at);
      }
      this.#ends[record] = isNull ? -1 : at;
      if (hasRow) row += 1;
    }
    return target;
  }

  #prepare(count: number): void {
    if (this.#outcomes.length < count) {
      const room = Math.max(1024, count * 2);
      this.#outcomes = new Uint8Array(room);
      this.#failedSteps = new Int32Array(room);
      this.#starts = new Int32Array(room);
      this.#ends = new Int32Array(room);
    } else this.#outcomes.fill(0, 0, count);
    this.#failedSteps.fill(-1, 0, count);
  }
}

function addRow(
  column: Column,
  kind: RawKind,
  view: DataView,
  value: { readonly record: number; readonly start: number; readonly end: number },
): void {
  const row = column.count;
  if (row === column.capacity) column.grow();
  column.records[row] = value.record;
  column.count = row + 1;
  switch (kind) {
    case 'text':
    case 'bytes':
      column.starts[row] = value.start;
      column.ends[row] = value.end;
      break;
    case 'int':
      column.low[row] = view.getInt32(value.start);
      column.high[row] = column.low[row] >> 31;
      break;
    case 'long':
      column.high[row] = view.getInt32(value.start);
      column.low[row] = view.getInt32(value.start + 4);
      break;
  }
}

/** Beyond this a native copy beats the loop; its view is an object, which short values should not cost. */
const nativeCopyFrom = 64;

/** Returns the position after what it wrote. */
function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Buffer,
  at: number,
): number {
  if (end - start >= nativeCopyFrom) target.set(source.subarray(start, end), at);
  else for (let i = start, to = at; i < end; i++, to++) target[to] = source[i]!;
  return at + end - start;
}

/** Returns the position after what it wrote. */
function writeRow(
  out: Replacements,
  row: number,
  kind: RawKind,
  target: Buffer,
  at: number,
): number {
  switch (kind) {
    case 'text':
    case 'bytes':
      return copyBytes(out.arena, out.starts[row]!, out.ends[row]!, target, at);
    case 'int':
      return target.writeInt32BE(out.low[row]!, at);
    case 'long':
      return target.writeInt32BE(out.low[row]!, target.writeInt32BE(out.high[row]!, at));
  }
}
