/** An IP address as bytes, 4 or 16. */
export type AddressBytes = Uint8Array;

/** The longest text of an address: IPv6 with an embedded IPv4 address. */
export const longestAddress = 45;

/** Parses a dotted quad without leading zeros, or IPv6 text (RFC 4291 §2.2) without a zone; null for anything else. */
export function parseAddress(text: string): AddressBytes | null {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

/** Renders the canonical text: dotted quad, or RFC 5952 (lower case, the longest run of zeros as `::`, mapped IPv4 dotted). */
export function renderAddress(address: AddressBytes): string {
  if (address.length === 4) return address.join('.');
  if (isMapped(address)) return `::ffff:${address.subarray(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) => (address[i * 2]! << 8) | address[i * 2 + 1]!);
  const gap = longestZeros(groups);
  const text = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(':');
  if (gap === null) return text(groups);
  return `${text(groups.slice(0, gap.start))}::${text(groups.slice(gap.end))}`;
}

/** Clears all bits behind the prefix, in place. An IPv4-mapped IPv6 address is cut as the IPv4 address that it carries. */
export function truncateAddress(address: AddressBytes, v4: number, v6: number): void {
  const mapped = address.length === 16 && isMapped(address);
  const bits = address.length === 4 ? v4 : mapped ? 96 + v4 : v6;
  for (let i = 0; i < address.length; i++) {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    address[i]! &= (0xff00 >> kept) & 0xff;
  }
}

function isMapped(address: AddressBytes): boolean {
  return (
    address.subarray(0, 10).every((b) => b === 0) && address[10] === 255 && address[11] === 255
  );
}

function parseV4(text: string): AddressBytes | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  if (!parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return Uint8Array.from(parts, Number);
}

function parseV6(text: string): AddressBytes | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const zeros = 8 - head.length - tail.length;
  // `::` stands for at least one group of zeros.
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return null;
  const groups = [...head, ...new Array<number>(zeros).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Groups of hexadecimal digits between colons; the last may be a dotted quad where the text ends. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const v4 = last && i === parts.length - 1 ? parseV4(part) : null;
      if (v4 === null) return null;
      groups.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!);
    }
  }
  return groups;
}

/** The first of the longest runs of two or more zero groups (RFC 5952 §4.2). */
function longestZeros(groups: readonly number[]): { start: number; end: number } | null {
  let best: { start: number; end: number } | null = null;
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > Math.max(1, best === null ? 0 : best.end - best.start)) best = { start, end };
  }
  return best;
}
