import { createCipheriv, createHash, createHmac } from 'node:crypto';

/**
 * Plain cryptography, one value at a time, one cipher object per call: the slow second opinion on the batched kernel. Shares no code with it.
 */

/** HKDF-SHA256 from two HMACs, as RFC 5869 §2 writes it. */
export function referenceHkdf(ikm: Uint8Array, salt: string, info: Buffer, length: number): Buffer {
  const prk = createHmac('sha256', salt).update(ikm).digest();
  let block = Buffer.alloc(0);
  let out = Buffer.alloc(0);
  for (let i = 1; out.length < length; i++) {
    block = createHmac('sha256', prk).update(block).update(info).update(Buffer.of(i)).digest();
    out = Buffer.concat([out, block]);
  }
  return out.subarray(0, length);
}

/** The key of one purpose: fields as `version, domain, technique/operation, type, detail`. */
export function referenceKey(root: Uint8Array, fields: readonly string[], length: number): Buffer {
  const hash = createHash('sha256');
  for (const field of fields) {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(Buffer.byteLength(field));
    hash.update(size).update(field, 'utf8');
  }
  return referenceHkdf(root, 'lethe key derivation 1', hash.digest(), length);
}

function ecb(key: Buffer, block: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

/** CBC-MAC: the last block of CBC encryption under a zero IV. */
function cbcMac(key: Buffer, message: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, Buffer.alloc(16));
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(message), cipher.final()]).subarray(-16);
}

function dbl(block: Buffer): Buffer {
  const value = BigInt(`0x${block.toString('hex')}`) << 1n;
  const carry = value >> 128n;
  const reduced = BigInt.asUintN(128, value) ^ (carry === 1n ? 0x87n : 0n);
  return Buffer.from(reduced.toString(16).padStart(32, '0'), 'hex');
}

function xorEnd(a: Buffer, b: Buffer): Buffer {
  const out = Buffer.from(a);
  const from = a.length - b.length;
  for (const [i, byte] of b.entries()) out[from + i] = out[from + i]! ^ byte;
  return out;
}

function pad(message: Buffer): Buffer {
  const out = Buffer.alloc(16);
  message.copy(out);
  out[message.length] = 0x80;
  return out;
}

/** AES-CMAC, RFC 4493 §2.4. */
export function referenceCmac(key: Buffer, message: Buffer): Buffer {
  const k1 = dbl(ecb(key, Buffer.alloc(16)));
  const whole = message.length > 0 && message.length % 16 === 0;
  const cut = whole ? message.length - 16 : message.length - (message.length % 16);
  const tail = message.subarray(cut);
  const last = whole ? xorEnd(tail, k1) : xorEnd(pad(tail), dbl(k1));
  return cbcMac(key, Buffer.concat([message.subarray(0, cut), last]));
}

/** AES-SIV, RFC 5297 §2.6; a nonce is the last component. */
export function referenceSiv(key: Buffer, components: readonly Buffer[], plain: Buffer): Buffer {
  const macKey = key.subarray(0, key.length / 2);
  const ctrKey = key.subarray(key.length / 2);
  let d = referenceCmac(macKey, Buffer.alloc(16));
  for (const component of components) d = xorEnd(dbl(d), referenceCmac(macKey, component));
  const last = plain.length >= 16 ? xorEnd(plain, d) : xorEnd(pad(plain), dbl(d));
  const v = referenceCmac(macKey, last);
  const q = Buffer.from(v);
  q[8] = q[8]! & 0x7f;
  q[12] = q[12]! & 0x7f;
  const cipher = createCipheriv(`aes-${ctrKey.length * 8}-ctr`, ctrKey, q);
  return Buffer.concat([v, cipher.update(plain), cipher.final()]);
}

/** FF1.Encrypt, SP 800-38G Algorithm 7, in exact integers. */
export function referenceFf1(
  key: Buffer,
  radix: number,
  tweak: Buffer,
  numerals: readonly number[],
): number[] {
  const n = numerals.length;
  const u = Math.floor(n / 2);
  const v = n - u;
  const r = BigInt(radix);
  const num = (xs: readonly number[]): bigint => xs.reduce((s, x) => s * r + BigInt(x), 0n);
  const str = (x: bigint, m: number): number[] =>
    Array.from({ length: m }, (_, i) => Number((x / r ** BigInt(m - 1 - i)) % r));
  let bits = 0;
  while (1n << BigInt(bits) < r ** BigInt(v)) bits++;
  const b = Math.ceil(bits / 8);
  const d = 4 * Math.ceil(b / 4) + 4;
  const p = Buffer.from([1, 2, 1, 0, 0, 0, 10, u % 256, 0, 0, 0, 0, 0, 0, 0, 0]);
  p.writeUIntBE(radix, 3, 3);
  p.writeUInt32BE(n, 8);
  p.writeUInt32BE(tweak.length, 12);
  let a = numerals.slice(0, u);
  let c = numerals.slice(u);
  for (let i = 0; i < 10; i++) {
    let zeros = 0;
    while ((tweak.length + zeros + 1 + b) % 16 !== 0) zeros++;
    const half = Buffer.from(
      num(c)
        .toString(16)
        .padStart(b * 2, '0'),
      'hex',
    );
    const q = Buffer.concat([tweak, Buffer.alloc(zeros), Buffer.of(i), half]);
    const first = cbcMac(key, Buffer.concat([p, q]));
    let s = first;
    for (let j = 1; s.length < d; j++) {
      const counter = Buffer.alloc(16);
      counter.writeUInt32BE(j, 12);
      s = Buffer.concat([s, ecb(key, xorEnd(first, counter))]);
    }
    const y = BigInt(`0x${s.subarray(0, d).toString('hex')}`);
    const m = i % 2 === 0 ? u : v;
    const next = str((num(a) + y) % r ** BigInt(m), m);
    a = c;
    c = next;
  }
  return [...a, ...c];
}
