import {
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from 'yaml';
import type { Document } from 'yaml';
import { configProblem } from './errors.ts';
import type { ConfigProblem, Position } from './errors.ts';

/** Largest file read, in characters; far above any real configuration, far below what could hurt. */
const largestText = 1024 * 1024;
const deepestNesting = 64;
const mostAliases = 100;

export type Path = readonly (string | number)[];

/** The file as plain values, and where each of them stands. */
export interface ConfigDocument {
  readonly value: unknown;
  /** The place of a value, or of its nearest ancestor that is written in the file. */
  readonly positionOf: (path: Path) => Position | null;
  /** The place of a key rather than its value. */
  readonly positionOfKey: (path: Path, key: string) => Position | null;
}

/** Parses YAML 1.2 (JSON is a part of it): one document, no custom tags, bounded size, depth and aliases. */
export function parseDocumentText(text: string): ConfigDocument | readonly ConfigProblem[] {
  if (text.length > largestText)
    return [configProblem('CONFIG_UNREADABLE', '', 'shorten the file: it has more than 1 MiB')];
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (bracketDepth(text) > deepestNesting)
    return [configProblem('CONFIG_NOT_YAML', '', 'flatten the file: it nests too deep')];
  let document: Document.Parsed;
  let value: unknown;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      strict: true,
      uniqueKeys: true,
      logLevel: 'error',
    });
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0)
      // What follows the first faults is mostly their echo.
      return faults.slice(0, 3).map((fault) =>
        // The library's own text may quote the line, and the line may hold a password: only its code is shown.
        configProblem('CONFIG_NOT_YAML', '', `correct the syntax: ${fault.code}`, at(fault.pos[0])),
      );
    const odd = oddKey(document);
    if (odd !== null)
      return [configProblem('CONFIG_NOT_YAML', '', 'write plain text as a key', at(odd))];
    value = document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    const reason =
      error instanceof RangeError || error instanceof ReferenceError
        ? 'nesting or aliases'
        : 'syntax';
    return [configProblem('CONFIG_NOT_YAML', '', `correct the ${reason} of the file`)];
  }
  const offsetOf = (node: unknown): number | null => {
    if (!isScalar(node) && !isCollection(node) && !isAlias(node)) return null;
    return node.range?.[0] ?? null;
  };
  return {
    value,
    positionOf: (path) => {
      const offset = offsetOf(nearest(document, path));
      return offset === null ? null : at(offset);
    },
    positionOfKey: (path, key) => {
      const parent = nearest(document, path);
      const pair = isMap(parent)
        ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
        : undefined;
      const offset = offsetOf(pair?.key) ?? offsetOf(parent);
      return offset === null ? null : at(offset);
    },
  };
}

function nearest(document: Document.Parsed, path: Path): unknown {
  let node: unknown = document.contents;
  for (const step of path) {
    const target: unknown = isAlias(node) ? node.resolve(document) : node;
    const child: unknown = isMap(target) || isSeq(target) ? target.get(step, true) : undefined;
    if (child === undefined || child === null) return node;
    node = child;
  }
  return node;
}

/** Where a key is a collection or an alias: it would turn into text that quotes values. */
function oddKey(document: Document.Parsed): number | null {
  let odd: number | null = null;
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key)) return undefined;
      odd = isNode(key) ? (key.range?.[0] ?? 0) : 0;
      return visit.BREAK;
    },
  });
  return odd;
}

/** An upper bound of the nesting by brackets, found without recursion. */
function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth = Math.max(0, depth - 1);
  }
  return deepest;
}
