/** Sets of small numbers, one bit each. Plain functions on typed arrays: they run for every rule of every policy. */
export type BitSet = Uint32Array;

export const emptyBits = (size: number): BitSet => new Uint32Array((size + 31) >>> 5);

/** All of 0 to `size - 1`. */
export function fullBits(size: number): BitSet {
  const bits = emptyBits(size).fill(0xffff_ffff);
  if (size % 32 !== 0) bits[bits.length - 1] = 2 ** (size % 32) - 1;
  return bits;
}

export function addBit(bits: BitSet, index: number): void {
  bits[index >>> 5]! |= 1 << (index & 31);
}

export const hasBit = (bits: BitSet, index: number): boolean =>
  (bits[index >>> 5]! & (1 << (index & 31))) !== 0;

/** Adds all of `other` to `bits`. */
export function addAll(bits: BitSet, other: BitSet): void {
  for (let i = 0; i < bits.length; i += 1) bits[i]! |= other[i]!;
}

/** Keeps in `bits` only what is also in `other`. */
export function keepAll(bits: BitSet, other: BitSet): void {
  for (let i = 0; i < bits.length; i += 1) bits[i]! &= other[i]!;
}

/** Removes all of `other` from `bits`. */
export function removeAll(bits: BitSet, other: BitSet): void {
  for (let i = 0; i < bits.length; i += 1) bits[i]! &= ~other[i]!;
}

/** What is in both; undefined when nothing is. */
export function commonBits(first: BitSet, second: BitSet): BitSet | undefined {
  let result: BitSet | undefined;
  for (let i = 0; i < first.length; i += 1) {
    const word = first[i]! & second[i]!;
    if (word !== 0) (result ??= new Uint32Array(first.length))[i] = word;
  }
  return result;
}

export function isEmptyBits(bits: BitSet): boolean {
  for (const word of bits) if (word !== 0) return false;
  return true;
}

/** The members in rising order. */
export function membersOf(bits: BitSet): number[] {
  const members: number[] = [];
  for (let i = 0; i < bits.length; i += 1) {
    let word = bits[i]!;
    while (word !== 0) {
      const lowest = word & -word;
      members.push(i * 32 + 31 - Math.clz32(lowest));
      word ^= lowest;
    }
  }
  return members;
}
