import type { LeafType, SchemaNode } from '../../schema/tree.ts';
import { readVarint } from './varint.ts';

/**
 * Renders binary values as Avro's JSON encoding, one line each. The bytes are the engine's own output, already checked, so there are no
 * checks here.
 */
export class JsonDecoder {
  readonly #root: SchemaNode;
  readonly #register = new Int32Array(2);
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(root: SchemaNode) {
    this.#root = root;
  }

  /** The JSON text of the value that begins at `start`. */
  decode(bytes: Uint8Array, start: number): string {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    return this.#node(this.#root);
  }

  #node(node: SchemaNode): string {
    switch (node.kind) {
      case 'record': {
        const members = node.fields.map(
          (field) => `${JSON.stringify(field.name)}:${this.#node(field.type)}`,
        );
        return `{${members.join(',')}}`;
      }
      case 'array':
        return `[${this.#items(() => this.#node(node.items)).join(',')}]`;
      case 'map': {
        const member = (): string => `${JSON.stringify(this.#text())}:${this.#node(node.values)}`;
        return `{${this.#items(member).join(',')}}`;
      }
      case 'union': {
        const branch = node.branches[Number(this.#long())]!;
        return branch.name === 'null'
          ? 'null'
          : `{${JSON.stringify(branch.name)}:${this.#node(branch.type)}}`;
      }
      case 'leaf':
        return this.#leaf(node.type);
    }
  }

  #items(item: () => string): string[] {
    const items: string[] = [];
    for (let count = Number(this.#long()); count !== 0; count = Number(this.#long())) {
      for (let index = 0; index < count; index++) items.push(item());
    }
    return items;
  }

  #leaf(type: LeafType): string {
    switch (type.kind) {
      case 'null':
        return 'null';
      case 'boolean':
        return this.#bytes[this.#at++] === 1 ? 'true' : 'false';
      case 'int':
      case 'long':
        return this.#long().toString();
      case 'float':
        return real(this.#bytes.readFloatLE(this.#skip(4)));
      case 'double':
        return real(this.#bytes.readDoubleLE(this.#skip(8)));
      case 'string':
        return JSON.stringify(this.#text());
      case 'bytes':
        return this.#latin1(Number(this.#long()));
      case 'fixed':
        return this.#latin1(type.size);
      case 'enum':
        return JSON.stringify(type.symbols[Number(this.#long())]);
    }
  }

  #text(): string {
    const length = Number(this.#long());
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #latin1(length: number): string {
    const start = this.#skip(length);
    return JSON.stringify(this.#bytes.toString('latin1', start, start + length));
  }

  #long(): bigint {
    this.#at = readVarint(this.#bytes, this.#at, this.#bytes.length, this.#register);
    return (BigInt(this.#register[1]!) << 32n) | BigInt(this.#register[0]! >>> 0);
  }

  /** Returns the position before it moves on. */
  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** What JSON has no number for is written as text, as the Java implementation does; -0 keeps its sign. */
function real(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(String(value));
  return Object.is(value, -0) ? '-0.0' : String(value);
}
