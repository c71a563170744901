import { createHash } from 'node:crypto';
import { BlockCipher } from './aes-ecb.ts';
import { AesSiv } from './aes-siv.ts';
import { Cmac } from './cmac.ts';
import { Ff1 } from './ff1.ts';
import { derive } from './hkdf.ts';
import type { Purpose } from './hkdf.ts';
import { KeyError } from './key-errors.ts';
import { RecordPrf } from './record-prf.ts';

/** Bytes of a root key. */
export const rootKeySize = 32;

/**
 * Root keys as handles: it gives away operations that are keyed for one purpose, never bytes. Keys are derived (HKDF-SHA256) per version,
 * domain, technique and value type when first asked for, kept, and wiped with the ring.
 */
export class KeyRing {
  /** The version that new tokens and ciphertexts are made with. */
  readonly current: string;
  /** All versions, sorted; older ones stay usable for joins and for opening old ciphertexts. */
  readonly versions: readonly string[];
  readonly #roots = new Map<string, Uint8Array>();
  readonly #handles = new Map<string, unknown>();
  readonly #wipes: (() => void)[] = [];
  #wiped = false;

  private constructor(keys: ReadonlyMap<string, Uint8Array>, current: string) {
    this.current = current;
    this.versions = [...keys.keys()].sort();
    for (const [version, key] of keys) this.#roots.set(version, Uint8Array.from(key));
  }

  /**
   * Takes root keys by version; the bytes are copied, so the caller may wipe its own.
   *
   * @throws KeyError `KEY_MISSING` no key at all · `KEY_SIZE_INVALID` a key is not 32 bytes · `KEY_VERSION_UNKNOWN` `current` is not
   * among them · `KEY_VERSIONS_COLLIDE` two versions have the same short id
   */
  static fromRootKeys(keys: ReadonlyMap<string, Uint8Array>, current: string): KeyRing {
    if (keys.size === 0) {
      throw new KeyError('KEY_MISSING', 'give at least one root key: the key ring is empty');
    }
    for (const [version, key] of keys) {
      if (key.length !== rootKeySize) {
        throw new KeyError(
          'KEY_SIZE_INVALID',
          `make root key "${version}" ${rootKeySize} bytes: it has ${key.length}`,
        );
      }
    }
    if (!keys.has(current)) {
      throw new KeyError(
        'KEY_VERSION_UNKNOWN',
        `choose the current key among ${[...keys.keys()].sort().join(', ')}: there is no "${current}"`,
      );
    }
    const ids = new Set([...keys.keys()].map((version) => keyVersionId(version).toString('hex')));
    if (ids.size !== keys.size) {
      throw new KeyError(
        'KEY_VERSIONS_COLLIDE',
        'rename a key version: two have the same short id',
      );
    }
    return new KeyRing(keys, current);
  }

  /** AES-256-CMAC keyed for a purpose. */
  mac(purpose: Purpose, version = this.current): Cmac {
    return this.#handle('mac', purpose, version, 32, (key) => this.#cmac(key));
  }

  /** AES-SIV with two 256-bit keys, keyed for a purpose. */
  siv(purpose: Purpose, version = this.current): AesSiv {
    return this.#handle('siv', purpose, version, 64, (key) => {
      const siv = new AesSiv(key);
      this.#wipes.push(() => siv.wipe());
      return siv;
    });
  }

  /** FF1 over AES-256, keyed for a purpose. */
  ff1(purpose: Purpose, version = this.current): Ff1 {
    return this.#handle('ff1', purpose, version, 32, (key) => {
      const cipher = new BlockCipher(key);
      this.#wipes.push(() => cipher.wipe());
      return new Ff1(cipher);
    });
  }

  /** A pseudo-random function of record coordinates, keyed for a purpose. */
  prf(purpose: Purpose, version = this.current): RecordPrf {
    return this.#handle('prf', purpose, version, 64, (key) => {
      return new RecordPrf(this.#cmac(key.subarray(0, 32)), this.#cmac(key.subarray(32)));
    });
  }

  /**
   * The version that a ciphertext names by its short id.
   *
   * @throws KeyError `KEY_VERSION_UNKNOWN`
   */
  versionOf(id: Uint8Array): string {
    const found = this.versions.find((version) => keyVersionId(version).equals(id));
    if (found === undefined) {
      throw new KeyError(
        'KEY_VERSION_UNKNOWN',
        'put the key that made this ciphertext back into the key directory',
      );
    }
    return found;
  }

  /** Overwrites all keys; every handle that was given out throws `KEY_WIPED` from now on. */
  wipe(): void {
    this.#wiped = true;
    for (const root of this.#roots.values()) root.fill(0);
    for (const wipe of this.#wipes) wipe();
    this.#roots.clear();
    this.#handles.clear();
    this.#wipes.length = 0;
  }

  #cmac(key: Uint8Array): Cmac {
    const mac = new Cmac(new BlockCipher(key));
    this.#wipes.push(() => mac.wipe());
    return mac;
  }

  #handle<Handle>(
    operation: string,
    purpose: Purpose,
    version: string,
    length: number,
    make: (key: Uint8Array) => Handle,
  ): Handle {
    if (this.#wiped) {
      throw new KeyError('KEY_WIPED', 'take the key ring in use: this one was wiped by a rotation');
    }
    const { domain, technique, type, detail = '' } = purpose;
    const name = JSON.stringify([operation, version, domain, technique, type, detail]);
    const known = this.#handles.get(name);
    if (known !== undefined) return known as Handle;
    const root = this.#roots.get(version);
    if (root === undefined) {
      throw new KeyError(
        'KEY_VERSION_UNKNOWN',
        `add key version "${version}" to the key directory`,
      );
    }
    // The operation is part of what the key is for: a MAC key never doubles as an FF1 key.
    const key = derive(
      root,
      version,
      { ...purpose, technique: `${technique}/${operation}` },
      length,
    );
    const handle = make(key);
    key.fill(0);
    this.#handles.set(name, handle);
    return handle;
  }
}

/** Four bytes that name a key version inside a ciphertext: the start of SHA-256 over its name. */
export function keyVersionId(version: string): Buffer {
  return createHash('sha256').update(version, 'utf8').digest().subarray(0, 4);
}
