import { outcome } from '../../outcomes.ts';
import type { Column } from '../../techniques/column.ts';
import type { PackedValues, RecordLimits } from '../rewriter.ts';
import { isUtf8 } from '../utf8.ts';
import type { Edits } from './edits.ts';
import { editWidth, firstLeaf, lastLeaf } from './instructions.ts';
import { readLength, readVarint, readVarint32 } from './varint.ts';

const {
  RECORD_TRUNCATED,
  RECORD_TRAILING_BYTES,
  RECORD_TOO_LARGE,
  RECORD_TOO_DEEP,
  RECORD_TOO_MANY_ITEMS,
  LENGTH_NEGATIVE,
  VARINT_TOO_LONG,
  UNION_BRANCH_UNKNOWN,
  ENUM_INDEX_UNKNOWN,
  BOOLEAN_INVALID,
  STRING_NOT_UTF8,
  VALUE_TYPE_MISMATCH,
} = outcome;

/** What a walk needs besides the bytes; one per rewriter. */
export interface Walk {
  readonly code: Int32Array;
  readonly limits: RecordLimits;
  /** Remaining items of open blocks, return addresses and depths. */
  readonly stack: Int32Array;
  readonly register: Int32Array;
  /** Where the last record ended; set by the `stop` instruction. */
  position: number;
}

export function makeWalk(code: Int32Array, limits: RecordLimits): Walk {
  // A level of depth holds at most one call (two slots) or one block (one slot); one more slot holds a removal.
  const stack = new Int32Array((limits.depth + 2) * 2 + 2);
  return { code, limits, stack, register: new Int32Array(2), position: 0 };
}

/** A batch to walk, the instruction to begin at, and where to write. */
export interface Gather {
  readonly walk: Walk;
  readonly entry: number;
  readonly values: PackedValues;
  /** Over the same bytes as `values.bytes`. */
  readonly view: DataView;
  /** One per plan step. */
  readonly columns: readonly Column[];
  readonly edits: Edits;
  /** Zero for each record of the batch; gets a number where a record breaks a rule. */
  readonly outcomes: Uint8Array;
  readonly failedSteps: Int32Array;
}

/**
 * Walks the records of a batch from the instruction at `entry`: checks every read, adds a row to the column of each gathered
 * leaf and an edit for each replacement. A record that breaks a rule gets its outcome and leaves no row and no edit behind.
 *
 * One long function on purpose: everything stays in registers, and opcodes are literals so that the switch is a jump table
 * (`instructions.ts` names them; the tests hold both together). Reads run at most ten bytes past the end of a record before they are
 * checked, which is within the slack that packed values have.
 */
export function gather(batch: Gather): void {
  const { walk, entry, values, view, columns, edits, outcomes, failedSteps } = batch;
  const { code, stack, register } = walk;
  const { recordBytes, depth: depthLimit, items: itemLimit } = walk.limits;
  const { bytes, starts, ends, count } = values;
  const editStarts = edits.from;
  let list: Int32Array = edits.list;
  let edited = 0;
  editStarts[0] = 0;
  for (let record = 0; record < count; record++) {
    const start = starts[record]!;
    if (start < 0) {
      editStarts[record + 1] = edited;
      continue;
    }
    const end = ends[record]!;
    const editedBefore = edited;
    let at = start;
    let pc = entry;
    let top = 0;
    let depth = 0;
    let items = 0;
    let unionStart = 0;
    let failure = end - start > recordBytes ? RECORD_TOO_LARGE : 0;
    walking: while (failure === 0) {
      switch (code[pc]!) {
        case 0: {
          // end
          if (at !== end) failure = RECORD_TRAILING_BYTES;
          break walking;
        }
        case 1: {
          // stop
          walk.position = at;
          break walking;
        }
        case 2: {
          // skipInt
          const before = at;
          let byte = bytes[at++]!;
          while (byte > 127 && at - before < 5) byte = bytes[at++]!;
          if (at > end) failure = RECORD_TRUNCATED;
          else if (byte > 127) failure = VARINT_TOO_LONG;
          else if (at - before === 5 && byte > 15) failure = VALUE_TYPE_MISMATCH;
          pc += 2;
          break;
        }
        case 3: {
          // skipLong
          const before = at;
          let byte = bytes[at++]!;
          while (byte > 127 && at - before < 10) byte = bytes[at++]!;
          if (at > end) failure = RECORD_TRUNCATED;
          else if (at - before === 10 && byte > 1) failure = VARINT_TOO_LONG;
          pc += 2;
          break;
        }
        case 4: // skipString
        case 5: {
          // skipBytes
          const first = bytes[at]!;
          let length = first >>> 1;
          if (first < 128 && (first & 1) === 0) at += 1;
          else {
            at = readLength(bytes, at, end, register);
            if (at < 0) {
              failure = -at;
              break;
            }
            length = register[0]!;
          }
          if (length > end - at) {
            failure = RECORD_TRUNCATED;
            break;
          }
          const valueStart = at;
          at += length;
          if (code[pc]! === 4) {
            // Four bytes at a time while they are ASCII, then byte by byte.
            let high = 0;
            let word = valueStart;
            for (const last = at - 4; word <= last; word += 4) high |= view.getInt32(word, true);
            if (word < at) high |= view.getInt32(word, true) & (-1 >>> ((word - at) << 3));
            if ((high & 0x80808080) !== 0 && !isUtf8(bytes, valueStart, at)) {
              failure = STRING_NOT_UTF8;
              break;
            }
          }
          pc += 2;
          break;
        }
        case 11: // gatherString
        case 12: {
          // gatherBytes
          const before = at;
          const first = bytes[at]!;
          let length = first >>> 1;
          if (first < 128 && (first & 1) === 0) at += 1;
          else {
            at = readLength(bytes, at, end, register);
            if (at < 0) {
              failure = -at;
              break;
            }
            length = register[0]!;
          }
          if (length > end - at) {
            failure = RECORD_TRUNCATED;
            break;
          }
          const valueStart = at;
          at += length;
          if (code[pc]! === 11) {
            let high = 0;
            let word = valueStart;
            for (const last = at - 4; word <= last; word += 4) high |= view.getInt32(word, true);
            if (word < at) high |= view.getInt32(word, true) & (-1 >>> ((word - at) << 3));
            if ((high & 0x80808080) !== 0 && !isUtf8(bytes, valueStart, at)) {
              failure = STRING_NOT_UTF8;
              break;
            }
          }
          const step = code[pc + 1]!;
          const column = columns[step]!;
          const row = column.count;
          if (row === column.capacity) column.grow();
          column.starts[row] = valueStart;
          column.ends[row] = at;
          column.records[row] = record;
          column.count = row + 1;
          const mode = code[pc + 2]!;
          pc += 3;
          if ((mode & 1) !== 0) {
            if (edited + editWidth > list.length) list = edits.grow();
            list[edited] = (mode & 2) !== 0 ? unionStart : before;
            list[edited + 1] = before;
            list[edited + 2] = at;
            list[edited + 3] = step;
            list[edited + 4] = row;
            edited += editWidth;
          }
          break;
        }
        case 6: {
          // skipFixed
          at += code[pc + 2]!;
          if (at > end) failure = RECORD_TRUNCATED;
          pc += 3;
          break;
        }
        case 7: {
          // skipBoolean
          const byte = bytes[at++]!;
          if (at > end) failure = RECORD_TRUNCATED;
          else if (byte > 1) failure = BOOLEAN_INVALID;
          pc += 2;
          break;
        }
        case 8: {
          // skipEnum
          const after = readVarint32(bytes, at, end, register);
          if (after < 0) failure = -after;
          else if (register[0]! >>> 0 >= code[pc + 2]!) failure = ENUM_INDEX_UNKNOWN;
          at = after;
          pc += 3;
          break;
        }
        case 9: // gatherInt
        case 10: // gatherLong
        case 14: // gatherBoolean
        case 15: {
          // gatherEnum
          const before = at;
          const opcode = code[pc]!;
          let low = 0;
          let high = 0;
          if (opcode === 14) {
            low = bytes[at++]!;
            if (at > end || low > 1) {
              failure = at > end ? RECORD_TRUNCATED : BOOLEAN_INVALID;
              break;
            }
          } else {
            at =
              opcode === 10
                ? readVarint(bytes, at, end, register)
                : readVarint32(bytes, at, end, register);
            if (at < 0) {
              failure = -at;
              break;
            }
            low = register[0]!;
            high = register[1]!;
            if (opcode === 15 && low >>> 0 >= code[pc + 3]!) {
              failure = ENUM_INDEX_UNKNOWN;
              break;
            }
          }
          const step = code[pc + 1]!;
          const column = columns[step]!;
          const row = column.count;
          if (row === column.capacity) column.grow();
          column.low[row] = low;
          column.high[row] = high;
          column.records[row] = record;
          column.count = row + 1;
          const mode = code[pc + 2]!;
          pc += opcode === 15 ? 4 : 3;
          if ((mode & 1) !== 0) {
            if (edited + editWidth > list.length) list = edits.grow();
            list[edited] = (mode & 2) !== 0 ? unionStart : before;
            list[edited + 1] = before;
            list[edited + 2] = at;
            list[edited + 3] = step;
            list[edited + 4] = row;
            edited += editWidth;
          }
          break;
        }
        case 13: {
          // gatherFixed
          const before = at;
          const size = code[pc + 3]!;
          if (size > end - at) {
            failure = RECORD_TRUNCATED;
            break;
          }
          at += size;
          const step = code[pc + 1]!;
          const column = columns[step]!;
          const row = column.count;
          if (row === column.capacity) column.grow();
          column.starts[row] = before;
          column.ends[row] = at;
          column.records[row] = record;
          column.count = row + 1;
          const mode = code[pc + 2]!;
          pc += 4;
          if ((mode & 1) !== 0) {
            if (edited + editWidth > list.length) list = edits.grow();
            list[edited] = (mode & 2) !== 0 ? unionStart : before;
            list[edited + 1] = before;
            list[edited + 2] = at;
            list[edited + 3] = step;
            list[edited + 4] = row;
            edited += editWidth;
          }
          break;
        }
        case 16: // gatherFloat
        case 17: {
          // gatherDouble
          const before = at;
          const size = code[pc]! === 16 ? 4 : 8;
          if (size > end - at) {
            failure = RECORD_TRUNCATED;
            break;
          }
          at += size;
          const step = code[pc + 1]!;
          const column = columns[step]!;
          const row = column.count;
          if (row === column.capacity) column.grow();
          column.reals[row] =
            size === 4 ? view.getFloat32(before, true) : view.getFloat64(before, true);
          column.records[row] = record;
          column.count = row + 1;
          const mode = code[pc + 2]!;
          pc += 3;
          if ((mode & 1) !== 0) {
            if (edited + editWidth > list.length) list = edits.grow();
            list[edited] = (mode & 2) !== 0 ? unionStart : before;
            list[edited + 1] = before;
            list[edited + 2] = at;
            list[edited + 3] = step;
            list[edited + 4] = row;
            edited += editWidth;
          }
          break;
        }
        case 18: {
          // union
          unionStart = at;
          const first = bytes[at]!;
          let branch = first >>> 1;
          if (first < 128 && (first & 1) === 0) {
            at += 1;
            if (at > end) {
              failure = RECORD_TRUNCATED;
              break;
            }
          } else {
            at = readVarint32(bytes, at, end, register);
            if (at < 0) {
              failure = -at;
              break;
            }
            branch = register[0]! >>> 0;
          }
          if (branch >= code[pc + 1]!) failure = UNION_BRANCH_UNKNOWN;
          else pc = code[pc + 2 + branch]!;
          break;
        }
        case 19: {
          // jump
          pc = code[pc + 1]!;
          break;
        }
        case 20: {
          // call
          const called = depth + code[pc + 2]!;
          if (called > depthLimit) {
            failure = RECORD_TOO_DEEP;
            break;
          }
          stack[top++] = pc + 3;
          stack[top++] = depth;
          depth = called;
          pc = code[pc + 1]!;
          break;
        }
        case 21: {
          // return
          depth = stack[--top]!;
          pc = stack[--top]!;
          break;
        }
        case 22: {
          // enter
          if (depth + code[pc + 1]! > depthLimit) failure = RECORD_TOO_DEEP;
          pc += 2;
          break;
        }
        case 23: // blocks
        case 24: {
          // next
          if (code[pc]! === 24) {
            const remaining = stack[top - 1]! - 1;
            if (remaining > 0) {
              stack[top - 1] = remaining;
              pc = code[pc + 1]!;
              break;
            }
          } else {
            if (depth + code[pc + 1]! > depthLimit) {
              failure = RECORD_TOO_DEEP;
              break;
            }
            top += 1;
          }
          const before = at;
          const first = bytes[at]!;
          let length = first >>> 1;
          if (first < 128 && (first & 1) === 0) at += 1;
          else {
            at = readVarint(bytes, at, end, register);
            if (at < 0) {
              failure = -at;
              break;
            }
            if (register[1]! !== register[0]! >> 31) {
              failure = RECORD_TOO_MANY_ITEMS;
              break;
            }
            length = register[0]!;
            if (length < 0) {
              // A negative count is followed by the size of the block in bytes (Avro 1.12, Arrays), which a reader may skip by.
              length = -length;
              at = readVarint(bytes, at, end, register);
              if (at < 0 || register[1] < 0) {
                failure = at < 0 ? -at : LENGTH_NEGATIVE;
                break;
              }
              if (code[pc + 3]! === 1) {
                if (edited + editWidth > list.length) list = edits.grow();
                list[edited] = before;
                list[edited + 1] = before;
                list[edited + 2] = at;
                list[edited + 3] = -2;
                list[edited + 4] = length;
                edited += editWidth;
              }
            }
          }
          if (at > end) {
            failure = RECORD_TRUNCATED;
            break;
          }
          if (length === 0) {
            top -= 1;
            pc = code[pc + 2]!;
            break;
          }
          items += length;
          if (items > itemLimit) {
            failure = RECORD_TOO_MANY_ITEMS;
            break;
          }
          stack[top - 1] = length;
          pc = code[pc]! === 24 ? code[pc + 1]! : pc + 4;
          break;
        }
        case 25: {
          // removeStart
          stack[top++] = at;
          pc += 1;
          break;
        }
        case 26: // removeEnd
        case 27: {
          // emptyEnd
          const before = stack[--top]!;
          if (edited + editWidth > list.length) list = edits.grow();
          list[edited] = before;
          list[edited + 1] = before;
          list[edited + 2] = at;
          list[edited + 3] = code[pc]! === 26 ? -1 : -3;
          list[edited + 4] = 0;
          edited += editWidth;
          pc += 1;
          break;
        }
      }
    }
    if (failure !== 0) {
      outcomes[record] = failure;
      const opcode = code[pc]!;
      const atLeaf = opcode >= firstLeaf && opcode <= lastLeaf && failure !== RECORD_TOO_LARGE;
      failedSteps[record] = atLeaf ? code[pc + 1]! : -1;
      edited = editedBefore;
      for (const column of columns) {
        while (column.count > 0 && column.records[column.count - 1] === record) column.count -= 1;
      }
    }
    editStarts[record + 1] = edited;
  }
}
