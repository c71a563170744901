/**
 * JSON text that is the same for equal values: members sorted by UTF-16 code units, no white space, numbers and strings as
 * ECMAScript writes them (RFC 8785 §3.2). `undefined` members are left out, `Map`s are written as objects.
 *
 * @throws TypeError for what JSON can't hold (functions, symbols, big integers, NaN, infinities, `undefined` in an array).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value);
  if (typeof value === 'number') {
    // RFC 8785 §3.2.2.3: NaN and infinities have no JSON text.
    if (!Number.isFinite(value)) throw new TypeError('write a finite number: JSON has no other');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const members: [string, unknown][] =
      value instanceof Map
        ? [...(value as ReadonlyMap<unknown, unknown>)].map(([key, member]) => [
            String(key),
            member,
          ])
        : Object.entries(value);
    return `{${members
      .filter(([, member]) => member !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
      .join(',')}}`;
  }
  throw new TypeError(`write plain data: JSON can't hold a ${typeof value}`);
}
