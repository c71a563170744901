import type { Plan, PlanStep } from '../../plan/plan.ts';
import type { Replacements } from '../../techniques/column.ts';
import { rowKept, rowNull } from '../../techniques/column.ts';
import type { PackedValues } from '../rewriter.ts';
import type { Edits } from './edits.ts';
import { editCount, editEmptiesMap, editWidth } from './instructions.ts';
import { writeVarint } from './varint.ts';

/** How replacements of a step are written: the number is used in the loop below. */
const writing = { prefixed: 0, plain: 1, varint: 2, boolean: 3, float: 4, double: 5, none: 6 };

/** Where and what a batch is written from and to. `target` has at least 16 spare bytes at its end. */
export interface Scatter {
  readonly values: PackedValues;
  readonly view: DataView;
  readonly edits: Edits;
  readonly replacements: readonly Replacements[];
  readonly arenas: readonly DataView[];
  readonly writings: Uint8Array;
  readonly nullBranches: Int32Array;
  readonly outcomes: Uint8Array;
  readonly target: Uint8Array;
  readonly targetView: DataView;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export function writingsOf(plan: Plan): Uint8Array {
  return Uint8Array.from(plan.steps, writingOf);
}

function writingOf({ output }: PlanStep): number {
  switch (output.kind) {
    case 'string':
    case 'bytes':
      return writing.prefixed;
    case 'fixed':
      return writing.plain;
    case 'int':
    case 'long':
    case 'enum':
      return writing.varint;
    case 'boolean':
      return writing.boolean;
    case 'float':
      return writing.float;
    case 'double':
      return writing.double;
    case 'null':
      // Takes no bytes, so it is never gathered.
      return writing.none;
  }
}

/** Above this length a native copy beats the loop over words. */
const nativeCopy = 192;

/**
 * Copies `length` bytes, eight at a time (optimized code moves them in a register and makes no BigInt). Reads and writes up to seven bytes
 * too many: sources have slack after them, and targets are written front to back, so that the next write covers what was too much.
 */
function copy(source: DataView, from: number, target: DataView, to: number, length: number): void {
  for (let done = 0; done < length; done += 8) {
    target.setBigInt64(to + done, source.getBigInt64(from + done, true), true);
  }
}

/** Writes the records of a batch with their edits, one after another; the target must have room for all. */
export function scatter(batch: Scatter): void {
  const { values, view, replacements, arenas, writings, nullBranches, outcomes } = batch;
  const { target, targetView, starts, ends } = batch;
  const { bytes, count } = values;
  const { list, from } = batch.edits;
  let at = 0;
  for (let record = 0; record < count; record++) {
    let cursor = values.starts[record]!;
    if (cursor < 0) {
      starts[record] = -1;
      ends[record] = -1;
      continue;
    }
    starts[record] = at;
    if (outcomes[record] !== 0) {
      ends[record] = at;
      continue;
    }
    const last = from[record + 1]!;
    for (let edit = from[record]!; edit < last; edit += editWidth) {
      const step = list[edit + 3]!;
      const row = list[edit + 4]!;
      let until = list[edit + 1]!;
      let said = 0;
      if (step >= 0) {
        said = replacements[step]!.status[row]!;
        if (said === rowKept) continue;
        if (said === rowNull) until = list[edit]!;
      }
      const run = until - cursor;
      if (run > nativeCopy) target.set(bytes.subarray(cursor, until), at);
      else copy(view, cursor, targetView, at, run);
      at += run;
      cursor = list[edit + 2]!;
      if (step < 0) {
        if (step === editCount) at = writeVarint(target, at, row, 0);
        else if (step === editEmptiesMap) target[at++] = 0;
        continue;
      }
      if (said === rowNull) {
        at = writeVarint(target, at, nullBranches[step]!, 0);
        continue;
      }
      const out = replacements[step]!;
      switch (writings[step]!) {
        case 0: // prefixed
        case 1: {
          // plain
          const start = out.starts[row]!;
          const length = out.ends[row]! - start;
          if (writings[step] === 0) {
            if (length < 64) target[at++] = length << 1;
            else at = writeVarint(target, at, length, 0);
          }
          if (length > nativeCopy) target.set(out.arena.subarray(start, start + length), at);
          else copy(arenas[step]!, start, targetView, at, length);
          at += length;
          break;
        }
        case 2: // varint
          at = writeVarint(target, at, out.low[row]!, out.high[row]!);
          break;
        case 3: // boolean
          target[at++] = out.low[row]! & 1;
          break;
        case 4: // float
          targetView.setFloat32(at, out.reals[row]!, true);
          at += 4;
          break;
        case 5: // double
          targetView.setFloat64(at, out.reals[row]!, true);
          at += 8;
          break;
      }
    }
    const rest = values.ends[record]! - cursor;
    if (rest > nativeCopy) target.set(bytes.subarray(cursor, cursor + rest), at);
    else copy(view, cursor, targetView, at, rest);
    at += rest;
    ends[record] = at;
  }
}
