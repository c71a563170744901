import { outcome } from '../outcomes.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { shapeOf } from '../schema/tree.ts';
import { link as linkTechnique } from '../techniques/catalogue.ts';
import type { Companion, Coordinates, Transform } from '../techniques/column.ts';
import {
  Column,
  Replacements,
  rowDropsRecord,
  rowFailed,
  rowKept,
  rowNull,
  rowReplaced,
} from '../techniques/column.ts';
import type { PackedValues } from './rewriter.ts';

/** What became of the records of a batch, one entry each; see `RewrittenValues`. */
export interface RecordResults {
  readonly outcomes: Uint8Array;
  readonly failedSteps: Int32Array;
}

/** One step whose replacements are written. */
interface ActiveStep {
  readonly index: number;
  readonly transform: Transform;
  readonly column: Column;
  readonly out: Replacements;
  readonly companion: number;
  /** Whether null may be written, and whether source bytes may stay. */
  readonly nullable: boolean;
  readonly keepable: boolean;
}

/**
 * The steps of a plan bound to keys, with their columns and replacements: everything about a batch that does not depend on
 * how values lie on the wire.
 */
export class LinkedSteps {
  /** One column per plan step; steps that nobody gathers stay empty. */
  readonly columns: readonly Column[];
  readonly replacements: readonly Replacements[];
  readonly #active: readonly ActiveStep[];
  readonly #rowsOf: ReadonlyMap<number, { rows: Int32Array }>;
  readonly #dropsAll: boolean;
  readonly #counts: Float64Array;

  constructor(
    plan: Plan,
    keys: KeyRing,
    edited: ReadonlySet<number>,
    nullable: (step: number) => boolean,
  ) {
    this.columns = plan.steps.map((step) => new Column(shapeOf(step.input)));
    this.replacements = plan.steps.map((step) => new Replacements(shapeOf(step.output)));
    this.#active = [...edited]
      .sort((one, other) => one - other)
      .map((index) => this.#link(plan.steps[index]!, index, keys, nullable(index)));
    this.#rowsOf = new Map(
      this.#active
        .filter((step) => step.companion >= 0)
        .map((step) => [step.companion, { rows: new Int32Array(0) }]),
    );
    this.#dropsAll = this.#active.some(({ index }) => {
      const { technique } = plan.steps[index]!;
      return technique.technique === 'drop-record' && technique.when === 'always';
    });
    this.#counts = new Float64Array(plan.steps.length);
  }

  #link(step: PlanStep, index: number, keys: KeyRing, nullable: boolean): ActiveStep {
    const { path, input, output, technique, companion } = step;
    return {
      index,
      transform: linkTechnique(technique, { keys, path, input, output }),
      column: this.columns[index]!,
      out: this.replacements[index]!,
      companion,
      nullable,
      keepable: input.kind === output.kind && sizeOf(step.input) === sizeOf(step.output),
    };
  }

  /** Empties the columns for the next batch, whose values lie in `bytes`. */
  begin(bytes: Uint8Array): void {
    for (const column of this.columns) {
      column.count = 0;
      column.bytes = bytes;
    }
  }

  /** Computes all replacements of `records` records. */
  transform(where: Coordinates, records: number): void {
    for (const [index, kept] of this.#rowsOf) {
      if (kept.rows.length < records) kept.rows = new Int32Array(records * 2);
      fillRows(this.columns[index]!, kept.rows, records);
    }
    for (const { index, transform, column, out, companion } of this.#active) {
      const { count } = column;
      if (count === 0) continue;
      this.#counts[index] = this.#counts[index]! + count;
      out.prepare(count);
      transform(column, out, where, this.#companion(companion));
    }
  }

  #companion(index: number): Companion | null {
    const kept = this.#rowsOf.get(index);
    return kept === undefined ? null : { column: this.columns[index]!, rowOf: kept.rows };
  }

  /**
   * Turns what the techniques said about rows into outcomes of records. A record that a rule drops is dropped whatever its other
   * values are; else the first failed step in plan order is its reason.
   *
   * @returns a bound on the bytes of all replacements, length prefixes included
   */
  settle({ starts: sources, count: records }: PackedValues, result: RecordResults): number {
    const { outcomes, failedSteps } = result;
    if (this.#dropsAll) {
      for (let record = 0; record < records; record++) {
        if (outcomes[record] === 0 && sources[record]! >= 0) outcomes[record] = outcome.DROPPED;
      }
    }
    let bytes = 0;
    for (const step of this.#active) {
      const { column, out } = step;
      const { count } = column;
      const { status, starts, ends } = out;
      const span = out.shape === 'span';
      bytes += count * 12;
      for (let row = 0; row < count; row++) {
        const said = status[row]!;
        if (said !== rowReplaced) {
          const result = resultOf(said, step);
          const record = column.records[row]!;
          if (result !== 0 && (result === outcome.DROPPED || outcomes[record] === 0)) {
            outcomes[record] = result;
            failedSteps[record] = result === outcome.DROPPED ? -1 : step.index;
          }
        } else if (span) bytes += ends[row]! - starts[row]!;
      }
    }
    return bytes;
  }

  takeCounts(): Float64Array {
    const taken = this.#counts.slice();
    this.#counts.fill(0);
    return taken;
  }
}

/** The outcome that a row status means for its record; 0 where the record is written. Whatever can't be written fails. */
function resultOf(said: number, step: ActiveStep): number {
  if (said > rowFailed) return said - rowFailed;
  if (said === rowDropsRecord) return outcome.DROPPED;
  if (said === rowNull && step.nullable) return 0;
  if (said === rowKept && step.keepable) return 0;
  return outcome.VALUE_OUTSIDE_DOMAIN;
}

function sizeOf(type: PlanStep['input']): number {
  return type.kind === 'fixed' ? type.size : 0;
}

/** The first row of each record; -1 where it has none. */
function fillRows(column: Column, rows: Int32Array, records: number): void {
  rows.fill(-1, 0, records);
  for (let row = column.count - 1; row >= 0; row--) rows[column.records[row]!] = row;
}
