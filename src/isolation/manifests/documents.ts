/**
 * From text to documents: YAML streams, JSON, and the items of `List` kinds, each able to say on which line a field stands.
 *
 * A stream is cut at its document markers before it is parsed (a marker at the start of a line ends a document even inside a
 * block scalar, YAML 1.2.2 section 9.1.2), so that a broken document costs itself only, and memory holds one tree at a time.
 */
import {
  LineCounter,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
} from 'yaml';
import type { Complaints } from './complaints.ts';
import { kubernetesYaml } from './yaml-dialect.ts';

/** Bounds on what is read; every bound that is hit is a complaint of severity `error`. */
export interface ManifestLimits {
  /** Characters of one file. */
  readonly file: number;
  /** Characters of one YAML document; JSON files are bounded by `file` alone. */
  readonly document: number;
  /** Objects of one reading, items of lists included. */
  readonly objects: number;
  /** Files of one reading. */
  readonly files: number;
}

/** Wide enough for a full dump of a cluster with several ten thousand pods. */
export const manifestLimits: ManifestLimits = {
  file: 256 * 1024 * 1024,
  document: 32 * 1024 * 1024,
  objects: 1_000_000,
  files: 100_000,
};

/** A step from a value to a part of it. */
export type Step = string | number;

/** One parsed document of a file. */
export interface ManifestDocument {
  readonly file: string;
  readonly value: unknown;
  /** The line (from 1) on which the field stands, or the nearest field around it that exists. */
  lineOf(path: readonly Step[]): number;
}

/** No character of YAML or JSON (YAML 1.2.2 section 5.1): the file is UTF-16, packed, or no text at all. */
const binary = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

const marker = /^---(?=\s|$)|^\.\.\.(?=\s|$)/gm;

/** Cuts a file into documents and parses each; what can't be parsed is complained about and left out. */
export function* parseDocuments(
  file: string,
  text: string,
  limits: ManifestLimits,
  complaints: Complaints,
): Generator<ManifestDocument> {
  if (text.length > limits.file) {
    const message = `split the file: it has ${text.length} characters, the limit is ${limits.file}`;
    complaints.add('error', 'TOO_LARGE', file, message);
    return;
  }
  const control = binary.exec(text);
  if (control !== null) {
    const line = text.slice(0, control.index).split('\n').length;
    const message = 'save the file as plain text in UTF-8: it holds control characters';
    complaints.add('error', 'INVALID_SYNTAX', `${file}:${line}`, message);
    return;
  }
  if (/^\s*[{[]/.test(text)) {
    const parsed = parseJson(file, text);
    if (parsed !== undefined) {
      yield parsed;
      return;
    }
  }
  let line = 1;
  for (const part of cut(text)) {
    const start = line;
    line += part.split('\n').length - 1;
    if (!/^\s*[^\s#]/m.test(part)) continue;
    if (part.length > limits.document) {
      const message = `split the document: it has ${part.length} characters, the limit is ${limits.document}`;
      complaints.add('error', 'TOO_LARGE', `${file}:${start}`, message);
      continue;
    }
    const parsed = parseYaml(file, part, start, complaints);
    if (parsed !== undefined) yield parsed;
  }
}

/** The texts between document markers; each keeps its line breaks, so that lines can be counted. */
function* cut(text: string): Generator<string> {
  let from = 0;
  for (const match of text.matchAll(marker)) {
    yield text.slice(from, match.index);
    from = match.index + 3;
  }
  yield text.slice(from);
}

function parseJson(file: string, text: string): ManifestDocument | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Line numbers are asked for rarely and cost much more than the values: they are looked up when needed.
    return { file, value, lineOf: (path) => lineInYaml(text, path, 1) };
  } catch {
    return undefined; // not JSON: YAML's flow style looks alike, and its parser says where the mistake is
  }
}

function parseYaml(
  file: string,
  text: string,
  start: number,
  complaints: Complaints,
): ManifestDocument | undefined {
  try {
    const counter = new LineCounter();
    const document = parseDocument(text, { ...kubernetesYaml, lineCounter: counter });
    const failure = document.errors[0];
    if (failure !== undefined) {
      const line = start + counter.linePos(failure.pos[0]).line - 1;
      const message = `fix the YAML: ${failure.code.toLowerCase().replaceAll('_', ' ')}`;
      complaints.add('error', 'INVALID_SYNTAX', `${file}:${line}`, message);
      return undefined;
    }
    const twin = duplicateKey(document.contents);
    if (twin !== undefined) {
      const line = start + counter.linePos(twin).line - 1;
      const message = 'remove one of the two: the same key stands twice in one object';
      complaints.add('error', 'DUPLICATE_KEY', `${file}:${line}`, message);
      return undefined;
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return { file, value, lineOf: (path) => lineInYaml(text, path, start) };
  } catch (error) {
    // The parser recurses, so absurd nesting ends in a RangeError; alias bombs end in a ReferenceError.
    const why =
      error instanceof ReferenceError ? 'too many or unresolved aliases' : 'nested too deep';
    complaints.add('error', 'INVALID_SYNTAX', `${file}:${start}`, `fix the YAML: ${why}`);
    return undefined;
  }
}

/** Offset of the first key that stands twice in its map. */
function duplicateKey(root: unknown): number | undefined {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (isSeq(node)) waiting.push(...node.items.toReversed());
    if (!isMap(node)) continue;
    const seen = new Set<unknown>();
    for (const pair of node.items) {
      if (isScalar(pair.key)) {
        if (seen.has(pair.key.value) && pair.key.value !== '<<') return pair.key.range?.[0] ?? 0;
        seen.add(pair.key.value);
      }
      waiting.push(pair.value);
    }
  }
  return undefined;
}

/** The tree that was walked last: complaints come in runs from one document, and one tree is all that memory should hold. */
let latest: { text: string; document: Document.Parsed; counter: LineCounter } | undefined;

function treeOf(text: string): NonNullable<typeof latest> {
  if (latest?.text === text) return latest;
  const counter = new LineCounter();
  const document = parseDocument(text, { ...kubernetesYaml, lineCounter: counter });
  latest = { text, document, counter };
  return latest;
}

/** Parses the text once more and walks to the field: slow, for complaints and explanations only. */
function lineInYaml(text: string, path: readonly Step[], start: number): number {
  const { document, counter } = treeOf(text);
  let offset = firstToken(text);
  let node: unknown = document.contents;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      next = pair?.value;
      if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset;
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step];
      if (isMap(next) || isSeq(next) || isScalar(next)) offset = next.range?.[0] ?? offset;
    }
    if (next === undefined) break;
    node = next;
  }
  return start + counter.linePos(offset).line - 1;
}

const firstToken = (text: string): number => /^[^\S\n]*[^\s#]/m.exec(text)?.index ?? 0;
