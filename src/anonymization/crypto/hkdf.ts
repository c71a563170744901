import { createHash, hkdfSync } from 'node:crypto';

/** What one derived key is for. Keys with different purposes are independent, so no two techniques ever share one. */
export interface Purpose {
  /** Values under one domain join; the empty string is the domain of purposes that have none. */
  readonly domain: string;
  readonly technique: string;
  /** What kind of value it is applied to, so that 42 and "42" differ. */
  readonly type: string;
  /** Tells apart several keys of one technique, as the path that a nonce is bound to. */
  readonly detail?: string;
}

const salt = Buffer.from('lethe key derivation 1', 'utf8');

/**
 * HKDF-SHA256 (RFC 5869) from a root key to the key of one purpose. `info` is the SHA-256 of the purpose's fields, each with its
 * length before it, so that no two purposes can be written alike and paths of any length fit (node bounds `info` at 1024 bytes).
 *
 * @param length - bytes wanted, at most 8160.
 */
export function derive(
  root: Uint8Array,
  version: string,
  purpose: Purpose,
  length: number,
): Uint8Array {
  const fields = [version, purpose.domain, purpose.technique, purpose.type, purpose.detail ?? ''];
  const info = createHash('sha256');
  for (const field of fields) {
    const text = Buffer.from(field, 'utf8');
    const size = Buffer.alloc(4);
    size.writeUInt32BE(text.length);
    info.update(size).update(text);
  }
  return hkdf(root, salt, info.digest(), length);
}

/** HKDF-SHA256 as RFC 5869 writes it: extract, then expand. */
export function hkdf(
  input: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', input, salt, info, length));
}
