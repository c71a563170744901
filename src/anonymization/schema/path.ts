/**
 * Paths of leaves: `address.street`, `items[].sku`, `attributes{}` (map values), `attributes{key}` (map keys),
 * `payload<Refund>.iban` (a union branch, only where a union has more than one that is not null), `` `name.with.dots` ``.
 */
export type Segment =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'items' }
  | { readonly kind: 'values' }
  | { readonly kind: 'keys' }
  /** `name` as it is written; `fullName` also matches in patterns. */
  | { readonly kind: 'branch'; readonly name: string; readonly fullName: string };

export type Path = readonly Segment[];

/** The path of a value that has no enclosing record, array, map or union. */
export const rootValuePath = '$value';

const plainName = /^[\p{L}\p{N}_$@:-]+$/u;

/** Writes a path; the root itself is `$value`. */
export function renderPath(path: Path): string {
  if (path.length === 0) return rootValuePath;
  let text = '';
  for (const segment of path) {
    switch (segment.kind) {
      case 'field':
        text += `${text === '' ? '' : '.'}${quote(segment.name)}`;
        break;
      case 'items':
        text += '[]';
        break;
      case 'values':
        text += '{}';
        break;
      case 'keys':
        text += '{key}';
        break;
      case 'branch':
        text += `<${segment.name}>`;
        break;
    }
  }
  return text;
}

function quote(name: string): string {
  return plainName.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** What {@link parsePath} understood, or where it stopped. */
export type ParsedPath =
  | { readonly ok: true; readonly segments: readonly PatternSegment[] }
  | { readonly ok: false; readonly position: number };

/** A segment of a pattern: of a path, or a wildcard. */
export type PatternSegment =
  Segment | { readonly kind: 'any-field' } | { readonly kind: 'any-number' };

const fixedTokens: readonly (readonly [string, PatternSegment])[] = [
  ['[]', { kind: 'items' }],
  ['{}', { kind: 'values' }],
  ['{key}', { kind: 'keys' }],
];

/** Reads a path or pattern. A quoted name is never a wildcard. */
export function parsePath(text: string): ParsedPath {
  const segments: PatternSegment[] = [];
  if (text === rootValuePath) return { ok: true, segments };
  let position = 0;
  while (position < text.length) {
    const fixed = fixedTokens.find(([token]) => text.startsWith(token, position));
    if (fixed !== undefined) {
      segments.push(fixed[1]);
      position += fixed[0].length;
      continue;
    }
    if (text[position] === '<') {
      const end = text.indexOf('>', position);
      const name = text.slice(position + 1, end);
      if (end < 0 || name === '') return { ok: false, position };
      segments.push({ kind: 'branch', name, fullName: name });
      position = end + 1;
      continue;
    }
    if (segments.length > 0) {
      if (text[position] !== '.') return { ok: false, position };
      position++;
    }
    const name = readName(text, position);
    if (name === undefined) return { ok: false, position };
    segments.push(name.segment);
    position = name.end;
  }
  return segments.length === 0 ? { ok: false, position: 0 } : { ok: true, segments };
}

function readName(
  text: string,
  start: number,
): { readonly segment: PatternSegment; readonly end: number } | undefined {
  const quoted = /`((?:[^`]|``)+)`/uy;
  quoted.lastIndex = start;
  const inQuotes = quoted.exec(text)?.[1];
  if (inQuotes !== undefined)
    return {
      segment: { kind: 'field', name: inQuotes.replaceAll('``', '`') },
      end: quoted.lastIndex,
    };
  const bare = /\*\*|\*|[^.[\]{}<>`*]+/uy;
  bare.lastIndex = start;
  const name = bare.exec(text)?.[0];
  if (name === undefined) return undefined;
  const end = bare.lastIndex;
  if (name === '**') return { segment: { kind: 'any-number' }, end };
  if (name === '*') return { segment: { kind: 'any-field' }, end };
  return { segment: { kind: 'field', name }, end };
}
