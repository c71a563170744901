/** What takes away what others added (RFC 7386). */
import { isDeepStrictEqual } from 'node:util';

type Json = Readonly<Record<string, unknown>>;

/** The patch that turns `from` into `to`; `null` where they are the same. Members that only `from` has become null, which removes them. */
export function mergePatch(from: Json, to: Json): Json | null {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const [key, wanted] of Object.entries(to)) {
    const found = Object.hasOwn(from, key) ? from[key] : undefined;
    if (isDeepStrictEqual(found, wanted)) continue;
    patch[key] = isObject(found) && isObject(wanted) ? mergePatch(found, wanted) : wanted;
  }
  return Object.keys(patch).length === 0 ? null : patch;
}

/**
 * Whether `found` says all of `wanted`: the same lists and values, with members added at most. Servers add defaults so.
 */
export function covers(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((item, at) => covers(found[at], item))
    );
  if (isObject(wanted))
    return (
      isObject(found) &&
      Object.entries(wanted).every(
        ([key, value]) => Object.hasOwn(found, key) && covers(found[key], value),
      )
    );
  return found === wanted;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
