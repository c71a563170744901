import { noMark, readTags, type Dialect, type MarkProblem } from './mark.ts';

/** A reader of the registry's `metadata.tags`, which also knows which of its entries matched nothing. */
export interface MetadataTags extends Dialect {
  /** Reports entries without wildcards that named no place of the schema: call it after every place was read. */
  reportUnmatched(report: (problem: MarkProblem) => void): void;
}

/**
 * External tags: `{"tags": {"acme.Customer.email": ["PII"]}}`. In Avro a field is named by the full name of its record and its own
 * name. `?` is one character of a name, `*` any number inside a segment, `**` any number across segments.
 * A glob that matches the full name of a type tags the type.
 */
export function metadataTags(
  metadata: unknown,
  report: (problem: MarkProblem) => void,
): MetadataTags {
  const entries = readEntries(metadata, report);
  const matched = new Set<string>();
  return {
    name: 'metadata.tags',
    read(place) {
      const tags = new Set<string>();
      for (const { glob, tags: given } of entries) {
        if (!place.names.some((name) => globMatches(glob, name))) continue;
        matched.add(glob);
        for (const tag of given) tags.add(tag);
      }
      return { here: { ...noMark, tags: [...tags] }, keys: noMark, values: noMark };
    },
    reportUnmatched(tell) {
      for (const { glob } of entries)
        if (!/[*?]/.test(glob) && !matched.has(glob))
          tell({
            code: 'MARK_UNMATCHED',
            path: glob,
            message: `correct the path "${glob}" in the metadata tags: the schema has no such field or type`,
          });
    },
  };
}

function readEntries(
  metadata: unknown,
  report: (problem: MarkProblem) => void,
): readonly { readonly glob: string; readonly tags: readonly string[] }[] {
  const invalid = (path: string): void =>
    report({
      code: 'MARK_INVALID',
      path,
      message:
        'write `metadata.tags` as an object of path patterns, each with an array of tag names',
    });
  if (metadata === undefined || metadata === null) return [];
  if (!isObject(metadata)) {
    invalid('metadata');
    return [];
  }
  const tags = metadata['tags'];
  if (tags === undefined || tags === null) return [];
  if (!isObject(tags)) {
    invalid('metadata.tags');
    return [];
  }
  return Object.entries(tags).flatMap(([glob, given]) => {
    const read = readTags(given);
    if (read === undefined || glob === '') {
      invalid(`metadata.tags.${glob}`);
      return [];
    }
    return [{ glob, tags: read }];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Matches by a row of reachable positions, so that no pattern takes more than pattern × name steps (a regular expression made
 * from a hostile pattern could take forever).
 */
export function globMatches(glob: string, name: string): boolean {
  const tokens = glob.match(/\*\*|[\s\S]/g) ?? [];
  let reachable = [true, ...new Array<boolean>(name.length).fill(false)];
  for (const token of tokens) {
    const next = new Array<boolean>(name.length + 1).fill(false);
    for (let end = 0; end <= name.length; end++) {
      const last = name[end - 1];
      if (token === '**') next[end] = reachable[end] === true || next[end - 1] === true;
      else if (token === '*')
        next[end] = reachable[end] === true || (next[end - 1] === true && last !== '.');
      else if (end > 0)
        next[end] = reachable[end - 1] === true && (token === '?' ? last !== '.' : last === token);
    }
    reachable = next;
  }
  return reachable[name.length] === true;
}
