import { createCipheriv } from 'node:crypto';
import type { Cipheriv } from 'node:crypto';
import { KeyError } from './key-errors.ts';

/**
 * The one primitive that everything else stands on: AES over many independent blocks in one call of a long-lived cipher object
 * (FIPS 197; ECB of SP 800-38A as a raw block function, never as a mode for data). One call over thousands of blocks costs
 * about as much as a cipher object for one value.
 *
 * Words are 32-bit and in the byte order of the host, which {@link BlockCipher} requires to be little-endian.
 */
export class BlockCipher {
  #cipher: Cipheriv | null;

  /**
   * @param key - 16, 24 or 32 bytes; the caller may wipe it afterwards.
   * @throws KeyError `KEY_SIZE_INVALID`
   */
  constructor(key: Uint8Array) {
    if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
      throw new KeyError('KEY_SIZE_INVALID', 'give AES a key of 16, 24 or 32 bytes');
    }
    const algorithm = `aes-${key.length * 8}-ecb`;
    this.#cipher = createCipheriv(algorithm, key, null).setAutoPadding(false);
  }

  /**
   * Encrypts every 16-byte block on its own; the result is a fresh array of four words a block.
   *
   * @param blocks - a whole number of blocks.
   * @throws KeyError `KEY_WIPED` after {@link wipe}.
   */
  encrypt(blocks: Uint8Array): Int32Array {
    if (this.#cipher === null) {
      throw new KeyError('KEY_WIPED', 'link the plan again: its keys were wiped by a rotation');
    }
    // Never pooled, so its offset is a multiple of four.
    const out = this.#cipher.update(blocks);
    return new Int32Array(out.buffer, out.byteOffset, out.length >> 2);
  }

  /** Makes the handle useless; OpenSSL clears the key schedule as the cipher context is finished. */
  wipe(): void {
    this.#cipher?.final();
    this.#cipher = null;
  }
}

/** Swaps the bytes of a 32-bit word: from host order to the big-endian order that the specifications count in, and back. */
export function swap(word: number): number {
  return (
    (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | ((word << 24) & 0xff000000)
  );
}

/** The bytes of words, as a view on the same memory. */
export function bytesOf(words: Int32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}
