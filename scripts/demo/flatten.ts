/** One leaf of a record for the eye: path and text. */
export interface Leaf {
  readonly path: string;
  readonly text: string;
}

/** The leaves of a decoded record in order, at most the first item of each array and entry of each map. */
export function flatten(value: unknown, path = ''): readonly Leaf[] {
  if (value === null || value === undefined) return [{ path, text: '∅' }];
  if (Buffer.isBuffer(value) || value instanceof Uint8Array)
    return [{ path, text: `0x${Buffer.from(value).toString('hex').slice(0, 24)}` }];
  if (Array.isArray(value)) return value.length === 0 ? [] : flatten(value[0], `${path}[0]`);
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([name, inner]) =>
      flatten(inner, path === '' ? name : `${path}.${name}`),
    );
  if (value === '') return [{ path, text: '""' }];
  if (typeof value === 'string') return [{ path, text: value }];
  return [{ path, text: JSON.stringify(value) }];
}
