import { bytesOf } from '../crypto/aes-ecb.ts';
import type { AesSiv } from '../crypto/aes-siv.ts';
import type { Spans } from '../crypto/cmac.ts';
import { keyVersionId } from '../crypto/key-ring.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { LeafType } from '../schema/tree.ts';
import type { Column, Replacements } from './column.ts';
import { numberSpans } from './number-spans.ts';
import { writeAllBase64url } from './token-text.ts';
import type { ValueType } from './value-type.ts';

/**
 * The self-describing form of an encrypted value, as bytes or as base64url of them:
 *
 * | bytes | meaning |
 * |---|---|
 * | 1 | form: 1 deterministic, 2 with nonce |
 * | 4 | short id of the key version, see {@link keyVersionId} |
 * | 16 | nonce, in form 2 only |
 * | 16 | synthetic IV of AES-SIV |
 * | n | ciphertext, as long as the plaintext |
 */
export const sealedForm = { deterministic: 1, withNonce: 2 } as const;

const idSize = 4;
const nonceSize = 16;
const ivSize = 16;

/** The plaintext of each row: text and bytes as they are, numbers as eight bytes, a boolean as one, an enum as its symbol. */
export function plaintextSpans(column: Column, leaf: LeafType): Spans {
  if (column.shape === 'span') return column;
  if (leaf.kind !== 'boolean' && leaf.kind !== 'enum') return numberSpans(column);
  const words =
    leaf.kind === 'enum'
      ? leaf.symbols.map((symbol) => Buffer.from(symbol, 'utf8'))
      : [Buffer.of(0), Buffer.of(1)];
  const wordStarts: number[] = [];
  let at = 0;
  for (const word of words) {
    wordStarts.push(at);
    at += word.length;
  }
  const bytes = Buffer.concat([...words, Buffer.alloc(16)]);
  const starts = new Int32Array(column.count);
  const ends = new Int32Array(column.count);
  for (let row = 0; row < column.count; row++) {
    const index = column.low[row]!;
    starts[row] = wordStarts[index]!;
    ends[row] = wordStarts[index]! + words[index]!.length;
  }
  return { count: column.count, bytes, starts, ends };
}

/** Where sealed values go: as bytes for a bytes leaf, else as base64url text. */
export interface SealedTarget {
  readonly out: Replacements;
  readonly asText: boolean;
}

/**
 * Seals a column under one key version.
 *
 * @param nonces - four words a row, or null for the deterministic form.
 */
export function sealColumn(
  siv: AesSiv,
  version: string,
  associated: readonly Uint8Array[],
  nonces: Int32Array | null,
  plain: Spans,
  { out, asText }: SealedTarget,
): void {
  const { count, starts, ends } = plain;
  const header = 1 + idSize + (nonces === null ? 0 : nonceSize);
  const at = new Int32Array(count);
  let size = 0;
  for (let row = 0; row < count; row++) {
    at[row] = size + header;
    size += header + ivSize + ends[row]! - starts[row]!;
  }
  const sealed = asText ? Buffer.allocUnsafe(size) : out.reserve(size);
  const id = keyVersionId(version);
  const nonceBytes = nonces === null ? null : bytesOf(nonces);
  for (let row = 0; row < count; row++) {
    const start = at[row]! - header;
    sealed[start] = nonces === null ? sealedForm.deterministic : sealedForm.withNonce;
    for (let i = 0; i < idSize; i++) sealed[start + 1 + i] = id[i]!;
    if (nonceBytes === null) continue;
    const to = start + 1 + idSize;
    for (let i = 0; i < nonceSize; i++) sealed[to + i] = nonceBytes[row * nonceSize + i]!;
  }
  siv.sealAll(associated, nonces, plain, sealed, at);
  const arena = asText ? out.reserve(count + Math.ceil((size * 4) / 3)) : sealed;
  for (let row = 0, o = 0; row < count; row++) {
    const from = at[row]! - header;
    const to = at[row]! + ivSize + ends[row]! - starts[row]!;
    if (asText) {
      out.starts[row] = o;
      o = writeAllBase64url(sealed, from, to, arena, o);
      out.ends[row] = o;
    } else {
      out.starts[row] = from;
      out.ends[row] = to;
    }
  }
}

/** What a value was sealed for; all of it must be right for it to open. */
export interface SealedPurpose {
  readonly technique: 'encrypt' | 'encrypt-deterministic';
  readonly domain: string;
  readonly path: string;
  readonly type: ValueType;
}

/** The associated data of a sealed value. The deterministic form leaves the path out, so that values join across topics. */
export function associatedData(purpose: SealedPurpose, version: string): readonly Uint8Array[] {
  const { technique, domain, path } = purpose;
  const fields = technique === 'encrypt' ? [domain, path, version] : [domain, version];
  return fields.map((field) => Buffer.from(field, 'utf8'));
}

/**
 * Opens one sealed value (not its base64url text); null when it was made by another key, for another purpose, or was changed.
 *
 * @throws KeyError `KEY_VERSION_UNKNOWN` when the ring has no such version
 */
export function openValue(
  keys: KeyRing,
  purpose: SealedPurpose,
  sealed: Uint8Array,
): Buffer | null {
  const nonceBytes = purpose.technique === 'encrypt' ? nonceSize : 0;
  const form = nonceBytes === 0 ? sealedForm.deterministic : sealedForm.withNonce;
  const header = 1 + idSize + nonceBytes;
  if (sealed.length < header + ivSize || sealed[0] !== form) return null;
  const version = keys.versionOf(sealed.subarray(1, 1 + idSize));
  const { technique, domain, type } = purpose;
  const associated = [...associatedData(purpose, version)];
  if (nonceBytes > 0) associated.push(sealed.subarray(1 + idSize, header));
  return keys.siv({ domain, technique, type }, version).open(associated, sealed.subarray(header));
}
