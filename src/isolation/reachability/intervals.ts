/**
 * Sets of numbers as boundaries: `[a, b, c, d]` is [a, b) ∪ [c, d). Canonical (sorted, no empty and no touching parts), so that
 * equal sets have equal boundaries. Works for `number` and for `bigint`.
 */
export type Boundaries<N extends number | bigint> = readonly N[];

type Keep = (inFirst: boolean, inSecond: boolean) => boolean;

/** Walks both sets once and keeps the parts that `keep` wants; `keep(false, false)` must be false. */
export function combine<N extends number | bigint>(
  first: Boundaries<N>,
  second: Boundaries<N>,
  keep: Keep,
): Boundaries<N> {
  const result: N[] = [];
  let [i, j, inside] = [0, 0, false];
  while (i < first.length || j < second.length) {
    const a = first[i];
    const b = second[j];
    const at = a === undefined ? b! : b === undefined || a <= b ? a : b;
    if (a === at) i += 1;
    if (b === at) j += 1;
    // After an odd number of boundaries one is inside.
    const wanted = keep(i % 2 === 1, j % 2 === 1);
    if (wanted !== inside) result.push(at);
    inside = wanted;
  }
  return result;
}

/** In one of both. */
export const either: Keep = (a, b) => a || b;

/** In both. */
export const common: Keep = (a, b) => a && b;

/** In the first, not in the second. */
export const without: Keep = (a, b) => a && !b;

/** Whether the value lies in the set. */
export function includes<N extends number | bigint>(set: Boundaries<N>, value: N): boolean {
  let [low, high] = [0, set.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (set[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}
