/** Makes a failing case small enough to read. */

/** Parts that an object can't be without. */
const needed = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'name',
  'spec',
  'template',
  'containers',
]);

/** All paths to items of lists and to fields, the outermost first. */
function* pathsOf(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<readonly (string | number)[]> {
  if (Array.isArray(value))
    for (let at = value.length - 1; at >= 0; at -= 1) {
      yield [...path, at];
      yield* pathsOf(value[at], [...path, at]);
    }
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (!needed.has(key)) yield [...path, key];
      yield* pathsOf(inner, [...path, key]);
    }
}

function without(value: unknown, [step, ...rest]: readonly (string | number)[]): unknown {
  if (Array.isArray(value)) {
    const at = Number(step);
    return rest.length === 0 ? value.toSpliced(at, 1) : value.with(at, without(value[at], rest));
  }
  const { [String(step)]: inner, ...others } = value as Readonly<Record<string, unknown>>;
  return rest.length === 0 ? others : { ...others, [String(step)]: without(inner, rest) };
}

/** Takes parts away as long as the case still fails, at most `tries` times. */
export async function boilDown<T>(
  found: T,
  fails: (value: T) => Promise<boolean>,
  tries = 600,
): Promise<T> {
  let best = found;
  let left = tries;
  for (let smaller = true; smaller && left > 0;) {
    smaller = false;
    for (const path of [...pathsOf(best)]) {
      if (left-- <= 0) break;
      let candidate: T;
      try {
        candidate = without(best, path) as T;
      } catch {
        continue; // the part went together with another
      }
      if (JSON.stringify(candidate) === JSON.stringify(best) || !(await fails(candidate))) continue;
      best = candidate;
      smaller = true;
    }
  }
  return best;
}
