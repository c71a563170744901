import { outcome } from '../../outcomes.ts';
import type { LeafType, SchemaNode } from '../../schema/tree.ts';
import type { GrowingBytes } from './growing-bytes.ts';
import type { JsonValue } from './json-text.ts';

/** A value that does not fit its schema: the number of an outcome. Thrown within this folder only. */
export class JsonMismatch extends Error {
  readonly outcome: number;

  constructor(number: number) {
    super('value does not fit its schema');
    this.outcome = number;
  }
}

type JsonObject = Readonly<Record<string, JsonValue>>;

/**
 * Writes a value in Avro's JSON encoding (Avro 1.12, JSON Encoding) as binary. Members that the schema does not declare are not written.
 *
 * @param depth - containers that may still be entered
 * @throws JsonMismatch `VALUE_TYPE_MISMATCH`, `UNION_BRANCH_UNKNOWN`, `ENUM_INDEX_UNKNOWN`, `RECORD_TOO_DEEP`
 */
export function encodeJson(
  node: SchemaNode,
  value: JsonValue | undefined,
  into: GrowingBytes,
  depth: number,
): void {
  if (depth < 0) throw new JsonMismatch(outcome.RECORD_TOO_DEEP);
  switch (node.kind) {
    case 'record': {
      const object = objectOf(value);
      for (const field of node.fields) {
        encodeJson(field.type, own(object, field.name), into, depth - 1);
      }
      return;
    }
    case 'array': {
      if (!Array.isArray(value)) throw mismatch();
      const items = value as readonly JsonValue[];
      if (items.length > 0) into.long(BigInt(items.length));
      for (const item of items) encodeJson(node.items, item, into, depth - 1);
      into.byte(0);
      return;
    }
    case 'map': {
      const entries = Object.entries(objectOf(value));
      if (entries.length > 0) into.long(BigInt(entries.length));
      for (const [key, item] of entries) {
        encodeText(key, into);
        encodeJson(node.values, item, into, depth - 1);
      }
      into.byte(0);
      return;
    }
    case 'union': {
      const name = value === null ? 'null' : onlyKey(value);
      const index = node.branches.findIndex((branch) => branch.name === name);
      const branch = node.branches[index];
      if (branch === undefined) throw new JsonMismatch(outcome.UNION_BRANCH_UNKNOWN);
      into.long(BigInt(index));
      encodeJson(branch.type, value === null ? null : objectOf(value)[name], into, depth);
      return;
    }
    case 'leaf':
      encodeLeaf(node.type, value, into);
      return;
  }
}

function encodeLeaf(type: LeafType, value: JsonValue | undefined, into: GrowingBytes): void {
  switch (type.kind) {
    case 'null':
      if (value !== null) throw mismatch();
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch();
      into.byte(value ? 1 : 0);
      return;
    case 'int':
      into.long(integer(value, 32));
      return;
    case 'long':
      into.long(integer(value, 64));
      return;
    case 'float':
      into.float(real(value));
      return;
    case 'double':
      into.double(real(value));
      return;
    case 'string':
      encodeText(text(value), into);
      return;
    case 'bytes': {
      const bytes = latin1(value);
      into.long(BigInt(bytes.length));
      into.raw(bytes);
      return;
    }
    case 'fixed': {
      const bytes = latin1(value);
      if (bytes.length !== type.size) throw mismatch();
      into.raw(bytes);
      return;
    }
    case 'enum': {
      const index = type.symbols.indexOf(text(value));
      if (index < 0) throw new JsonMismatch(outcome.ENUM_INDEX_UNKNOWN);
      into.long(BigInt(index));
      return;
    }
  }
}

function mismatch(): JsonMismatch {
  return new JsonMismatch(outcome.VALUE_TYPE_MISMATCH);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch();
  return value as JsonObject;
}

/** A member of the value itself, never one of its prototype. */
function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function onlyKey(value: JsonValue | undefined): string {
  const [key, ...others] = Object.keys(objectOf(value));
  if (key === undefined || others.length > 0) throw mismatch();
  return key;
}

function integer(value: JsonValue | undefined, bits: number): bigint {
  const exact =
    typeof value === 'bigint'
      ? value
      : Number.isSafeInteger(value)
        ? BigInt(value as number)
        : null;
  if (exact === null || BigInt.asIntN(bits, exact) !== exact) throw mismatch();
  return exact;
}

/** What JSON has no number for is written as text, as the Java implementation does. */
function real(value: JsonValue | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw mismatch();
}

/** Well-formed text: a lone surrogate has no UTF-8 form. */
function text(value: JsonValue | undefined): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw mismatch();
  return value;
}

function encodeText(value: string, into: GrowingBytes): void {
  const bytes = Buffer.from(text(value), 'utf8');
  into.long(BigInt(bytes.length));
  into.raw(bytes);
}

/** Bytes are text whose characters are U+0000 to U+00FF. */
function latin1(value: JsonValue | undefined): Uint8Array {
  const characters = text(value);
  const bytes = Buffer.from(characters, 'latin1');
  if (bytes.toString('latin1') !== characters) throw mismatch();
  return bytes;
}
