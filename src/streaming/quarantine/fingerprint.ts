import type { KeyRing } from '../../anonymization/crypto/key-ring.ts';

/** Turns a raw record into a keyed fingerprint: 32 hexadecimal digits. */
export type Fingerprint = (key: Uint8Array | null, value: Uint8Array | null) => string;

/**
 * AES-CMAC over the length of the key (−1 for null), the key and the value, under a key derived for this purpose alone. Tombstones and
 * empty values differ by a leading byte.
 */
export function linkFingerprint(keys: KeyRing): Fingerprint {
  const mac = keys.mac({ domain: '', technique: 'quarantine', type: 'record' });
  return (key, value) => {
    const head = Buffer.alloc(5);
    head[0] = value === null ? 0 : 1;
    head.writeInt32BE(key === null ? -1 : key.length, 1);
    return mac
      .tag(Buffer.concat([head, key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)]))
      .toString('hex');
  };
}
