import type { Address } from '../manifests/addresses.ts';

/** Addresses that pods and nodes may have (RFC 1918, 6598, 4193), and those that leave no link or no host (RFC 3927, 1122, 4291). */
const blocks = [
  [4, 0x0a00_0000n, 8n],
  [4, 0xac10_0000n, 12n],
  [4, 0xc0a8_0000n, 16n],
  [4, 0x6440_0000n, 10n],
  [4, 0xa9fe_0000n, 16n],
  [4, 0x7f00_0000n, 8n],
  [6, 0xfc00n << 112n, 7n],
  [6, 0xfe80n << 112n, 10n],
  [6, 0n, 96n],
] as const;

/** Whether an address may be that of a pod that nobody told about; others are outside of the cluster. */
export function isPrivate({ family, number }: Address): boolean {
  const bits = family === 4 ? 32n : 128n;
  return blocks.some(
    ([kind, first, prefix]) =>
      kind === family && number >> (bits - prefix) === first >> (bits - prefix),
  );
}
