import { isEmpty, noMark, readTags, type Dialect, type Mark, type PlaceMarks } from './mark.ts';

const attribute = 'lethe';

/**
 * Our own annotation: `"lethe": "EMAIL"`, `"lethe": "public"`, `"lethe": {"tags": [...], "technique": {...}}`,
 * `"lethe": {"public": true, "override": true}`, and on maps `"lethe": {"keys": …, "values": …}`.
 * A mark with `plan` is provenance that an earlier Lethe wrote into a sanitized schema: it says what was done, not what to do.
 */
export const lethe: Dialect = {
  name: 'lethe',
  read(place, report) {
    let marks: PlaceMarks = { here: noMark, keys: noMark, values: noMark };
    const refuse = (
      message: string,
      code: 'MARK_INVALID' | 'MARK_CONFLICT' = 'MARK_INVALID',
    ): void => report({ code, path: place.path, message });
    for (const attributes of place.attributes) {
      if (!Object.hasOwn(attributes, attribute)) continue;
      const read = readMark(attributes[attribute]);
      if (typeof read === 'string') {
        refuse(read);
        continue;
      }
      if (!place.isMap && !(isEmpty(read.keys) && isEmpty(read.values))) {
        refuse('write `keys` and `values` of the `lethe` mark on a map only');
        continue;
      }
      marks = {
        here: unite(marks.here, read.here, refuse),
        keys: unite(marks.keys, read.keys, refuse),
        values: unite(marks.values, read.values, refuse),
      };
    }
    return marks;
  },
};

/** Marks of one place: a field and its type say it together. */
function unite(
  one: Mark,
  other: Mark,
  refuse: (message: string, code: 'MARK_CONFLICT') => void,
): Mark {
  if (isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  if (one.public !== other.public)
    refuse('say either `public` or tags: the field and its type disagree', 'MARK_CONFLICT');
  if (
    one.technique !== undefined &&
    other.technique !== undefined &&
    JSON.stringify(one.technique) !== JSON.stringify(other.technique)
  )
    refuse('name one technique: the field and its type name two', 'MARK_CONFLICT');
  return {
    tags: [...new Set([...one.tags, ...other.tags])],
    public: one.public && other.public,
    override: one.override || other.override,
    technique: one.technique ?? other.technique,
  };
}

/** The marks, or what is wrong with them. */
function readMark(value: unknown): PlaceMarks | string {
  if (typeof value === 'string') {
    if (value === 'public')
      return { here: { ...noMark, public: true }, keys: noMark, values: noMark };
    const tags = readTags([value]);
    return tags === undefined
      ? 'write a tag name in the `lethe` mark: it is empty or too long'
      : { here: { ...noMark, tags }, keys: noMark, values: noMark };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'write the `lethe` mark as a tag name, "public" or an object';
  const mark = value as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(mark, 'plan') && Object.keys(mark).every((word) => provenanceWords.has(word)))
    return { here: noMark, keys: noMark, values: noMark };
  const unknown = Object.keys(mark).find((word) => !words.has(word));
  if (unknown !== undefined)
    return `remove the unknown word "${unknown.slice(0, 100)}" from the \`lethe\` mark`;
  const here = readWords(mark);
  const keys = readNested(mark['keys']);
  const values = readNested(mark['values']);
  for (const one of [here, keys, values]) if (typeof one === 'string') return one;
  return { here, keys, values } as PlaceMarks;
}

const words = new Set(['tags', 'technique', 'public', 'override', 'keys', 'values']);
const provenanceWords = new Set(['technique', 'domain', 'plan']);

function readNested(value: unknown): Mark | string {
  if (value === undefined) return noMark;
  const read = readMark(value);
  if (typeof read === 'string') return read;
  return isEmpty(read.keys) && isEmpty(read.values)
    ? read.here
    : 'write `keys` and `values` once: not inside each other';
}

function readWords(mark: Readonly<Record<string, unknown>>): Mark | string {
  const tags = mark['tags'] === undefined ? [] : readTags(mark['tags']);
  if (tags === undefined) return 'write `tags` of the `lethe` mark as an array of tag names';
  for (const word of ['public', 'override'])
    if (mark[word] !== undefined && typeof mark[word] !== 'boolean')
      return `write \`${word}\` of the \`lethe\` mark as true or false`;
  const technique = mark['technique'];
  if (technique !== undefined && (typeof technique !== 'object' || technique === null))
    return 'write `technique` of the `lethe` mark as an object, as {"technique": "suppress"}';
  const read: Mark = {
    tags,
    public: mark['public'] === true,
    override: mark['override'] === true,
    technique,
  };
  if (read.public && (tags.length > 0 || technique !== undefined))
    return 'say either `public` or tags in the `lethe` mark, not both';
  if (read.override && isEmpty(read))
    return 'say what `override` puts in place: tags, a technique or `public`';
  return read;
}
