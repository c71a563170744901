/** IP addresses, read on their own so that a fault in the engine's reading is not repeated here. */
import { isIPv4, isIPv6 } from 'node:net';

/** The 4 or 16 bytes of an address in text, or `null` where the text is none. */
export function addressBytes(text: string): Buffer | null {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return null;
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  let plain = text;
  if (dotted !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number);
    plain = `${text.slice(0, dotted.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [head = '', tail = ''] = plain.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const first = groups(head);
  const last = groups(tail);
  const zeros = new Array<string>(8 - first.length - last.length).fill('0');
  const hex = [...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join('');
  return Buffer.from(hex, 'hex');
}

/** Whether every bit behind the prefix is zero. An IPv4 address inside IPv6 (RFC 4291 §2.5.5.2) counts as IPv4. */
export function isNetwork(bytes: Buffer, v4: number, v6: number): boolean {
  const mapped =
    bytes.length === 16 && bytes.subarray(0, 12).toString('hex') === `${'0'.repeat(20)}ffff`;
  const prefix = bytes.length === 4 ? v4 : mapped ? 96 + v4 : v6;
  const host = BigInt(bytes.length * 8 - prefix);
  return (BigInt(`0x${bytes.toString('hex')}`) & ((1n << host) - 1n)) === 0n;
}
