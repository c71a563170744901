/**
 * The instructions that a plan's program is assembled into. A walk is a flat list of integers: opcode, then operands. A
 * flat list is walked by one loop without recursion, so nested data can't exhaust the thread's stack, and every schema
 * runs through the same optimized machine code.
 *
 * Every leaf instruction has its plan step as first operand (-1 where a step has nothing to say), for the report of a failure.
 */
export const op = {
  /** End of a record: the value must end here. */
  end: 0,
  /** End of a measured record: what follows is the next one. */
  stop: 1,
  /** `step` */
  skipInt: 2,
  /** `step` */
  skipLong: 3,
  /** `step` */
  skipString: 4,
  /** `step` */
  skipBytes: 5,
  /** `step, size` */
  skipFixed: 6,
  /** `step` */
  skipBoolean: 7,
  /** `step, number of symbols` */
  skipEnum: 8,
  /** `step, mode` */
  gatherInt: 9,
  /** `step, mode` */
  gatherLong: 10,
  /** `step, mode` */
  gatherString: 11,
  /** `step, mode` */
  gatherBytes: 12,
  /** `step, mode, size` */
  gatherFixed: 13,
  /** `step, mode` */
  gatherBoolean: 14,
  /** `step, mode, number of symbols` */
  gatherEnum: 15,
  /** `step, mode` */
  gatherFloat: 16,
  /** `step, mode` */
  gatherDouble: 17,
  /** `number of branches, address of each` */
  union: 18,
  /** `address` */
  jump: 19,
  /** `address, depth of the called record relative to the caller` */
  call: 20,
  return: 21,
  /** `relative depth`: a record that needs a check of its own */
  enter: 22,
  /** `relative depth, address after the last block, 1 when block headers may be rewritten` */
  blocks: 23,
  /** `address of the item, address after the last block, as in blocks` */
  next: 24,
  removeStart: 25,
  removeEnd: 26,
  /** Ends a map whose entries are taken out. */
  emptyEnd: 27,
} as const;

/** First and last leaf instruction. */
export const firstLeaf: number = op.skipInt;
export const lastLeaf: number = op.gatherDouble;

/** Bits of `mode`: what a gathering instruction does besides adding a row. */
export const modeEdit = 1;
export const modeInUnion = 2;

/** An edit is five integers: see {@link Edits}. */
export const editWidth = 5;

/** Edits that belong to no step. */
export const editRemoves = -1;
/** The row is the count of a block whose header is written anew, without a size. */
export const editCount = -2;
export const editEmptiesMap = -3;
