import { isMap, isScalar, parseDocument } from 'yaml';
import type { Pair } from 'yaml';

/** A key of values.yaml. */
export interface DescribedValue {
  /** As `image.tag`. */
  readonly path: readonly string[];
  /** The comment above the key, as one line. */
  readonly description: string;
  readonly value: unknown;
  /** It has keys of its own that are listed as well. */
  readonly group: boolean;
}

/**
 * Every key of values.yaml with the comment above it, in the order of the file.
 *
 * @throws Error for a key without a comment.
 */
export function describedValues(text: string): readonly DescribedValue[] {
  const document = parseDocument(text);
  if (document.errors[0] !== undefined) throw document.errors[0];
  // The comment above the first key of a document or a map belongs to that map.
  const lead = document.contents?.commentBefore ?? '';
  return [...below(document.contents, [], lead)];
}

function* below(node: unknown, path: readonly string[], lead: string): Generator<DescribedValue> {
  if (!isMap(node)) return;
  for (const [at, pair] of (node.items as readonly Pair[]).entries()) {
    const { key, value } = pair;
    const own = isScalar(key) ? (key.commentBefore ?? '') : '';
    const name = isScalar(key) ? String(key.value) : '';
    const full = [...path, name];
    const comment = lastParagraph(at === 0 && own === '' ? lead : own);
    if (comment === '')
      throw new Error(`Write a sentence above "${full.join('.')}" in values.yaml`);
    // Groups are written in block style; `{}` and `{ a: b }` are values.
    const group = isMap(value) && value.flow !== true && value.items.length > 0;
    yield { path: full, description: comment, value: plain(value), group };
    if (group) yield* below(value, full, isMap(value) ? (value.commentBefore ?? '') : '');
  }
}

const plain = (node: unknown): unknown =>
  node !== null && typeof node === 'object' && 'toJSON' in node
    ? (node as { toJSON: () => unknown }).toJSON()
    : null;

/** The comment of a key ends at an empty line above it: what stands before is about more than the key. */
const lastParagraph = (comment: string): string =>
  (comment.split(/\n\s*\n/).at(-1) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
