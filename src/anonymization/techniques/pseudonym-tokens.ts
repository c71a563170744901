import { bytesOf } from '../crypto/aes-ecb.ts';
import type { Cmac, Spans } from '../crypto/cmac.ts';
import type { LeafType } from '../schema/tree.ts';
import type { Column, Replacements, Transform } from './column.ts';
import type { LinkContext } from './technique.ts';
import type { PseudonymOutput, PseudonymizeSpec } from './pseudonymize.ts';
import { canonicalSpans, decomposedRows } from './canonical-text.ts';
import { logicalOf } from './applicability.ts';
import { numberSpans } from './number-spans.ts';
import { defaultLengths } from './pseudonym-lengths.ts';
import {
  tokenLength,
  tokenStride,
  uuidByte,
  writeBase32,
  writeBase64url,
  writeHex,
  writeTokens,
  writeUuid,
} from './token-text.ts';
import { valueTypeOf } from './value-type.ts';

type TokenOutput = Exclude<PseudonymOutput, 'integer' | 'digits'>;

/** How tokens of one output are written: bytes needed, bytes taken, and the writer for one row. */
interface Writer {
  readonly tokenBytes: number;
  readonly width: number;
  readonly write: (token: Uint8Array, from: number, target: Buffer, at: number) => void;
}

/** Never reaches a mailbox: the top-level domain `invalid` is reserved (RFC 2606 §2, RFC 6761 §6.4). */
const mailSuffix = Buffer.from('@example.invalid', 'latin1');

const plain = (width: number): boolean => width === tokenLength;

/** Tokens: the CMAC of the canonical form, stretched where more than 16 bytes are asked for, written in the form of the output. */
export function pseudonymizeTokens(
  spec: PseudonymizeSpec,
  output: TokenOutput,
  { keys, input }: LinkContext,
): Transform {
  const { domain = '', keepEmpty } = spec;
  const type = valueTypeOf(input);
  const purpose = { domain, technique: 'pseudonymize', type };
  const mac = keys.mac(purpose);
  const stretch = keys.mac({ ...purpose, detail: 'stretch' });
  const writer = writerOf(output, spec.length, input);
  const plainText = output === 'text' && plain(writer.width);
  let tags = new Int32Array(0);
  let high = new Uint8Array(0);
  return (column, out) => {
    const { count } = column;
    if (high.length < count) {
      tags = new Int32Array(count * 8);
      high = new Uint8Array(count * 2);
    }
    computeTags(mac, column, spec, type === 'text', tags, high);
    if (plainText) writePlain(tags, count, out);
    else writeRows(writer, stretch, tags, count, out);
    if (keepEmpty && column.shape === 'span') keepEmptyRows(column, out);
  };
}

function computeTags(
  mac: Cmac,
  column: Column,
  spec: PseudonymizeSpec,
  isText: boolean,
  tags: Int32Array,
  high: Uint8Array,
): void {
  if (column.shape !== 'span') mac.tags(numberSpans(column), tags);
  else if (!isText) mac.tags(column, tags);
  else if (spec.trim || spec.foldCase) mac.tags(canonicalSpans(column, spec), tags);
  else {
    high.fill(0, 0, column.count);
    mac.tags(column, tags, high);
    const decomposed = decomposedRows(column, high);
    if (decomposed === null) return;
    const own = new Int32Array(decomposed.count * 4);
    mac.tags(decomposed, own);
    for (let i = 0; i < decomposed.count; i++) {
      tags.set(own.subarray(i * 4, i * 4 + 4), decomposed.rows[i]! * 4);
    }
  }
}

/** The default output, and so the hottest: 22 characters of base64url. */
function writePlain(tags: Int32Array, count: number, out: Replacements): void {
  const arena = out.reserve(count * tokenStride);
  writeTokens(tags, count, new Int32Array(arena.buffer, arena.byteOffset, count * 6));
  const { starts, ends } = out;
  for (let row = 0, o = 0; row < count; row++, o += tokenStride) {
    starts[row] = o;
    ends[row] = o + tokenLength;
  }
}

function writeRows(
  writer: Writer,
  stretch: Cmac,
  tags: Int32Array,
  count: number,
  out: Replacements,
): void {
  const { tokenBytes, width, write } = writer;
  const stride = Math.max(16, (tokenBytes + 15) & ~15);
  const tokens = stride === 16 ? bytesOf(tags) : stretched(stretch, tags, count, stride);
  const arena = out.reserve(count * width);
  for (let row = 0, o = 0; row < count; row++, o += width) {
    write(tokens, row * stride, arena, o);
    out.starts[row] = o;
    out.ends[row] = o + width;
  }
}

/** Tokens longer than a tag: block 0 is the tag, block j is CMAC over tag ‖ j under a key of its own. */
function stretched(mac: Cmac, tags: Int32Array, count: number, stride: number): Buffer {
  const out = Buffer.alloc(count * stride);
  const source = bytesOf(tags);
  const messages = Buffer.alloc(count * 32 + 16);
  const starts = Int32Array.from({ length: count }, (_, row) => row * 32);
  const spans: Spans = { count, bytes: messages, starts, ends: starts.map((start) => start + 20) };
  const block = new Int32Array(count * 4);
  for (let row = 0; row < count; row++) {
    source.copy(messages, row * 32, row * 16, row * 16 + 16);
    source.copy(out, row * stride, row * 16, row * 16 + 16);
  }
  for (let j = 1; j * 16 < stride; j++) {
    for (let row = 0; row < count; row++) messages.writeUInt32BE(j, row * 32 + 16);
    mac.tags(spans, block);
    const blockBytes = bytesOf(block);
    for (let row = 0; row < count; row++) {
      blockBytes.copy(out, row * stride + j * 16, row * 16, row * 16 + 16);
    }
  }
  return out;
}

function writerOf(output: TokenOutput, length: number | undefined, leaf: LeafType): Writer {
  switch (output) {
    case 'text': {
      const width = length ?? defaultLengths.text;
      // 22 characters hold a tag with four bits to spare, which are zero; other lengths are full of token.
      const tokenBytes = plain(width) ? 16 : Math.ceil((width * 6) / 8);
      return {
        tokenBytes,
        width,
        write: (token, from, target, at) =>
          void writeBase64url(token, from, from + tokenBytes, width, target, at),
      };
    }
    case 'hex': {
      const width = length ?? defaultLengths.hex;
      const tokenBytes = Math.ceil(width / 2);
      return {
        tokenBytes,
        width,
        write: (token, from, target, at) =>
          void writeHex(token, from, from + tokenBytes, width, target, at),
      };
    }
    case 'email': {
      const local = length ?? defaultLengths.email;
      const tokenBytes = Math.ceil((local * 5) / 8);
      return {
        tokenBytes,
        width: local + mailSuffix.length,
        write: (token, from, target, at) =>
          target.set(mailSuffix, writeBase32(token, from, from + tokenBytes, local, target, at)),
      };
    }
    case 'uuid':
      return {
        tokenBytes: 16,
        width: 36,
        write: (token, from, target, at) => void writeUuid(token, from, target, at),
      };
    case 'bytes': {
      const width = leaf.kind === 'fixed' ? leaf.size : (length ?? defaultLengths.bytes);
      const isUuid = logicalOf(leaf) === 'uuid';
      return {
        tokenBytes: width,
        width,
        write: (token, from, target, at) => {
          for (let i = 0; i < width; i++) {
            const byte = token[from + i]!;
            target[at + i] = isUuid ? uuidByte(byte, i) : byte;
          }
        },
      };
    }
  }
}

function keepEmptyRows(column: Column, out: Replacements): void {
  for (let row = 0; row < column.count; row++) {
    if (column.starts[row] === column.ends[row]) out.ends[row] = out.starts[row]!;
  }
}
