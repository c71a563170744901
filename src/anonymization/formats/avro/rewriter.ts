import { outcome } from '../../outcomes.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Coordinates } from '../../techniques/column.ts';
import type { PackedValues, RecordLimits, RewrittenValues, Rewriter } from '../rewriter.ts';
import { LinkedSteps } from '../steps.ts';
import type { Assembly } from './assemble.ts';
import { assemble } from './assemble.ts';
import { Edits } from './edits.ts';
import type { Walk } from './gather.ts';
import { gather, makeWalk } from './gather.ts';
import { scatter, writingsOf } from './scatter.ts';

/** Bytes that may be read or written beyond the last value. */
const slack = 16;

/** A rewriter that can also find where a record ends, for files in which records follow each other without a length. */
export interface AvroRewriter extends Rewriter {
  /**
   * Looks at structure alone, not at text.
   *
   * @returns the position after the record that begins at `start`, or the negative number of an outcome
   */
  measure(bytes: Uint8Array, start: number, end: number): number;
}

/** Links an Avro plan: gather, transform, scatter over whole batches. */
export function linkAvro(plan: Plan, keys: KeyRing, limits: RecordLimits): AvroRewriter {
  return new Columnar(plan, keys, limits);
}

class Columnar implements AvroRewriter {
  readonly plan: Plan;
  readonly #assembly: Assembly;
  readonly #walk: Walk;
  readonly #steps: LinkedSteps;
  readonly #edits = new Edits();
  readonly #writings: Uint8Array;
  readonly #arenas: DataView[];
  #outcomes = new Uint8Array(0);
  #failedSteps = new Int32Array(0);
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  #target = new Uint8Array(4096);
  #targetView = new DataView(this.#target.buffer);

  constructor(plan: Plan, keys: KeyRing, limits: RecordLimits) {
    this.plan = plan;
    this.#assembly = assemble(plan, limits.depth);
    this.#walk = makeWalk(this.#assembly.code, limits);
    const { edited, nullBranches } = this.#assembly;
    this.#steps = new LinkedSteps(plan, keys, edited, (step) => nullBranches[step]! >= 0);
    this.#writings = writingsOf(plan);
    const none = new DataView(new ArrayBuffer(0));
    this.#arenas = plan.steps.map(() => none);
  }

  rewrite(given: PackedValues, where: Coordinates): RewrittenValues {
    const values = plainBytes(given);
    const { bytes, count } = values;
    this.#prepare(count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const outcomes = this.#outcomes;
    const failedSteps = this.#failedSteps;
    this.#steps.begin(bytes);
    const { columns } = this.#steps;
    gather({
      walk: this.#walk,
      entry: this.#assembly.rewrite,
      values,
      view,
      columns,
      edits: this.#edits,
      outcomes,
      failedSteps,
    });
    this.#steps.transform(where, count);
    const replaced = this.#steps.settle(values, { outcomes, failedSteps });
    this.#makeRoom(totalBytes(values) + replaced);
    this.#scatter(values, view);
    const starts = this.#starts;
    return { count, bytes: this.#target, starts, ends: this.#ends, outcomes, failedSteps };
  }

  #scatter(values: PackedValues, view: DataView): void {
    const { replacements } = this.#steps;
    scatter({
      values,
      view,
      edits: this.#edits,
      replacements,
      arenas: this.#refreshArenas(),
      writings: this.#writings,
      nullBranches: this.#assembly.nullBranches,
      outcomes: this.#outcomes,
      target: this.#target,
      targetView: this.#targetView,
      starts: this.#starts,
      ends: this.#ends,
    });
  }

  /** Views of the arenas; made anew only where a technique took another one. */
  #refreshArenas(): readonly DataView[] {
    const arenas = this.#arenas;
    for (const step of this.#assembly.edited) {
      const { arena } = this.#steps.replacements[step]!;
      const view = arenas[step]!;
      if (view.buffer !== arena.buffer || view.byteOffset !== arena.byteOffset) {
        arenas[step] = new DataView(arena.buffer, arena.byteOffset, arena.byteLength);
      }
    }
    return arenas;
  }

  measure(bytes: Uint8Array, start: number, end: number): number {
    const values = plainBytes({
      count: 1,
      bytes,
      starts: Int32Array.of(start),
      ends: Int32Array.of(end),
    });
    const outcomes = new Uint8Array(1);
    gather({
      walk: this.#walk,
      entry: this.#assembly.measure,
      values,
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      columns: [],
      edits: this.#edits,
      outcomes,
      failedSteps: new Int32Array(1),
    });
    return outcomes[0] === outcome.WRITTEN ? this.#walk.position : -outcomes[0]!;
  }

  takeStepCounts(): Float64Array {
    return this.#steps.takeCounts();
  }

  #prepare(count: number): void {
    this.#edits.prepare(count);
    if (this.#outcomes.length < count) {
      const room = Math.max(1024, count * 2);
      this.#outcomes = new Uint8Array(room);
      this.#failedSteps = new Int32Array(room);
      this.#starts = new Int32Array(room);
      this.#ends = new Int32Array(room);
    } else this.#outcomes.fill(0, 0, count);
    this.#failedSteps.fill(-1, 0, count);
  }

  #makeRoom(bytes: number): void {
    if (this.#target.length >= bytes + slack) return;
    this.#target = new Uint8Array((bytes + slack) * 2);
    this.#targetView = new DataView(this.#target.buffer);
  }
}

/** One hidden class for the hot loops, whether the caller packed into a Buffer or not. */
function plainBytes(values: PackedValues): PackedValues {
  const { bytes, count, starts, ends } = values;
  return {
    count,
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    starts,
    ends,
  };
}

function totalBytes({ count, starts, ends }: PackedValues): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += ends[index]! - starts[index]!;
  return total;
}
