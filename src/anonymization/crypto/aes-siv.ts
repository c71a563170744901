import { timingSafeEqual } from 'node:crypto';
import { BlockCipher, bytesOf, swap } from './aes-ecb.ts';
import { Cmac, double } from './cmac.ts';
import type { Spans } from './cmac.ts';

/** Counter blocks encrypted per cipher call; a longer value gets a call of its own. */
const blocksPerCall = 16384;

/**
 * AES-SIV (RFC 5297), batched: S2V over the columns of {@link Cmac}, CTR over the blocks of {@link BlockCipher}. Without a nonce equal
 * plaintexts give equal ciphertexts; with one (the last associated component, §3) they differ, and a repeated nonce shows equality
 * only.
 */
export class AesSiv {
  readonly #mac: Cmac;
  readonly #counter: BlockCipher;
  readonly #zeroTag: Int32Array;

  /** @param key - 32 bytes (AES-128) or 64 bytes (AES-256): the MAC key, then the counter key. */
  constructor(key: Uint8Array) {
    const half = key.length >> 1;
    this.#mac = new Cmac(new BlockCipher(key.subarray(0, half)));
    this.#counter = new BlockCipher(key.subarray(half));
    this.#zeroTag = wordsOf(this.#mac.tag(new Uint8Array(16)));
  }

  /**
   * Seals every row: the 16-byte synthetic IV and then the ciphertext go to `target` at `at[row]`, `16 + length` bytes.
   *
   * @param associated - components that are the same for all rows.
   * @param nonces - four words a row, or null for deterministic encryption.
   */
  sealAll(
    associated: readonly Uint8Array[],
    nonces: Int32Array | null,
    spans: Spans,
    target: Buffer,
    at: Int32Array,
  ): void {
    const ivs = this.#syntheticIvs(associated, nonces, spans);
    const ivBytes = bytesOf(ivs);
    for (let row = 0; row < spans.count; row++) {
      // A loop, as a call of `copy` costs more than sixteen bytes.
      for (let i = 0, to = at[row]!; i < 16; i++) target[to + i] = ivBytes[row * 16 + i]!;
    }
    this.#crypt(ivs, spans, target, at);
  }

  /** Seals one plaintext; the last component of `associated` may be a nonce. Returns synthetic IV and ciphertext. */
  seal(associated: readonly Uint8Array[], plaintext: Uint8Array): Buffer {
    const out = Buffer.alloc(16 + plaintext.length);
    this.sealAll(associated, null, one(plaintext), out, new Int32Array(1));
    return out;
  }

  /** Opens what {@link seal} made; null when it is not authentic under this key and these components. */
  open(associated: readonly Uint8Array[], sealed: Uint8Array): Buffer | null {
    if (sealed.length < 16) return null;
    const iv = wordsOf(sealed.subarray(0, 16));
    const plain = Buffer.alloc(sealed.length);
    this.#crypt(iv, one(sealed.subarray(16)), plain, new Int32Array(1));
    const plaintext = plain.subarray(16);
    const expected = bytesOf(this.#syntheticIvs(associated, null, one(plaintext)));
    return timingSafeEqual(expected, sealed.subarray(0, 16)) ? plaintext : null;
  }

  wipe(): void {
    this.#mac.wipe();
    this.#counter.wipe();
    this.#zeroTag.fill(0);
  }

  /** S2V (§2.4) of every row. */
  #syntheticIvs(
    associated: readonly Uint8Array[],
    nonces: Int32Array | null,
    spans: Spans,
  ): Int32Array {
    const { count } = spans;
    const shared = Int32Array.from(this.#zeroTag);
    for (const component of associated) {
      double(shared);
      const tag = wordsOf(this.#mac.tag(component));
      for (let w = 0; w < 4; w++) shared[w]! ^= tag[w]!;
    }
    const states = new Int32Array(count * 4);
    if (nonces !== null) {
      double(shared);
      this.#mac.tags(blocks(nonces, count), states);
    }
    for (let w = 0; w < count * 4; w++) states[w] = states[w]! ^ shared[w & 3]!;
    const last = lastComponents(spans, states);
    const ivs = new Int32Array(count * 4);
    this.#mac.tags(last, ivs);
    return ivs;
  }

  /** CTR (§2.5): xors each row with its key stream into `target` behind the 16 bytes kept for the IV. */
  #crypt(ivs: Int32Array, spans: Spans, target: Buffer, at: Int32Array): void {
    let row = 0;
    while (row < spans.count) {
      const begin = row;
      let total = 0;
      do {
        total += (spans.ends[row]! - spans.starts[row]! + 15) >>> 4;
        row++;
      } while (row < spans.count && total < blocksPerCall);
      if (total === 0) continue;
      const stream = bytesOf(this.#counter.encrypt(counters(ivs, spans, begin, row, total)));
      let from = 0;
      for (let r = begin; r < row; r++) {
        const s = spans.starts[r]!;
        const length = spans.ends[r]! - s;
        const to = at[r]! + 16;
        for (let i = 0; i < length; i++) target[to + i] = spans.bytes[s + i]! ^ stream[from + i]!;
        from += (length + 15) & ~15;
      }
    }
  }
}

/** The counter blocks of rows `begin..end`: the IV with bits 31 and 63 cleared, counted up in its last word. */
function counters(
  ivs: Int32Array,
  spans: Spans,
  begin: number,
  end: number,
  total: number,
): Buffer {
  const words = new Int32Array(total * 4);
  let w = 0;
  for (let row = begin; row < end; row++) {
    const q = row << 2;
    const count = (spans.ends[row]! - spans.starts[row]! + 15) >>> 4;
    const low = swap(ivs[q + 3]! & ~0x80);
    for (let block = 0; block < count; block++, w += 4) {
      words[w] = ivs[q]!;
      words[w + 1] = ivs[q + 1]!;
      words[w + 2] = ivs[q + 2]! & ~0x80;
      words[w + 3] = swap(low + block);
    }
  }
  return bytesOf(words);
}

/** The last argument of S2V per row: plaintext xorend state, or dbl(state) xor padded plaintext when shorter than a block. */
function lastComponents(spans: Spans, states: Int32Array): Spans {
  const { count, bytes, starts, ends } = spans;
  let room = 16;
  for (let row = 0; row < count; row++) room += Math.max(16, ends[row]! - starts[row]!);
  const out = Buffer.alloc(room);
  const outStarts = new Int32Array(count);
  const outEnds = new Int32Array(count);
  const stateBytes = bytesOf(states);
  let o = 0;
  for (let row = 0; row < count; row++) {
    const s = starts[row]!;
    const length = ends[row]! - s;
    outStarts[row] = o;
    for (let i = 0; i < length; i++) out[o + i] = bytes[s + i]!;
    if (length < 16) {
      double(states, row * 4);
      out[o + length] = 0x80;
    }
    const tail = Math.max(length, 16);
    for (let i = 0; i < 16; i++) out[o + tail - 16 + i]! ^= stateBytes[row * 16 + i]!;
    o += tail;
    outEnds[row] = o;
  }
  return { count, bytes: out, starts: outStarts, ends: outEnds };
}

function blocks(words: Int32Array, count: number): Spans {
  const bytes = Buffer.alloc(count * 16 + 16);
  bytesOf(words).copy(bytes, 0, 0, count * 16);
  const starts = Int32Array.from({ length: count }, (_, row) => row * 16);
  return { count, bytes, starts, ends: starts.map((start) => start + 16) };
}

function one(message: Uint8Array): Spans {
  const starts = new Int32Array(1);
  return { count: 1, bytes: message, starts, ends: Int32Array.of(message.length) };
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(Uint8Array.from(bytes).buffer);
}
