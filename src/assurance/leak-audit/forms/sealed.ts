import type { LeafType } from '../../../anonymization/schema/tree.ts';
import { bytesForm, textForm, type Expectation } from './form.ts';

/** Bytes around the plaintext of a sealed value: form, key version, nonce (where there is one), synthetic IV. */
const around = { encrypt: 1 + 4 + 16 + 16, 'encrypt-deterministic': 1 + 4 + 16 } as const;
const firstByte = { encrypt: 2, 'encrypt-deterministic': 1 } as const;

/** An encrypted value: its first byte says how, and its length fits the type; as text it is base64url without padding. */
export function sealedForm(technique: keyof typeof around, input: LeafType): Expectation {
  const lengths = plainLengths(input);
  const isSealed = (bytes: Buffer): boolean => {
    const plain = bytes.length - around[technique];
    if (bytes[0] !== firstByte[technique] || plain < 0) return false;
    return lengths === null || lengths.includes(plain);
  };
  if (input.kind === 'bytes' || input.kind === 'fixed') return bytesForm(isSealed);
  return textForm((text) => {
    if (!/^[A-Za-z0-9_-]+$/.test(text)) return false;
    const bytes = Buffer.from(text, 'base64url');
    return bytes.toString('base64url') === text && isSealed(bytes);
  });
}

/** How long the plaintext may be; `null`: any length. */
function plainLengths(input: LeafType): readonly number[] | null {
  switch (input.kind) {
    case 'string':
    case 'bytes':
      return null;
    case 'null':
      return [];
    case 'boolean':
      return [1];
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return [8];
    case 'fixed':
      return [input.size];
    case 'enum':
      return input.symbols.map((symbol) => Buffer.byteLength(symbol));
  }
}
