import type { Technique } from './technique.ts';
import type { Transform } from './column.ts';
import { effect, logicalOf, notApplicable } from './applicability.ts';
import { outsideDomain } from './integer-values.ts';
import { longestAddress, parseAddress, renderAddress, truncateAddress } from './ip-address.ts';
import { mapAsciiText } from './text-values.ts';

/**
 * Keeps the network prefix of an IP address. Text gives canonical text (RFC 5952); bytes and fixed hold 4 or 16 bytes in network order.
 * Anything else is outside the domain.
 */
export const truncateIp: Technique<'truncate-ip'> = {
  name: 'truncate-ip',
  group: 'generalization',
  check(_spec, leaf) {
    const fits =
      leaf.kind === 'string' ||
      leaf.kind === 'bytes' ||
      (leaf.kind === 'fixed' && (leaf.size === 4 || leaf.size === 16));
    if (fits && logicalOf(leaf) === null) return effect(leaf);
    return notApplicable('truncate-ip', leaf, 'use it on string, bytes, fixed(4) or fixed(16)');
  },
  link(spec, { input }) {
    if (input.kind !== 'string') return truncateBytes(spec.v4, spec.v6);
    return (column, out) =>
      mapAsciiText(column, out, longestAddress, (text) => {
        const address = parseAddress(text);
        if (address === null) return null;
        truncateAddress(address, spec.v4, spec.v6);
        return renderAddress(address);
      });
  },
};

function truncateBytes(v4: number, v6: number): Transform {
  return (column, out) => {
    const { bytes, starts, ends, count } = column;
    const arena = out.reserve(count * 16);
    for (let row = 0, o = 0; row < count; row++) {
      const size = ends[row]! - starts[row]!;
      out.starts[row] = o;
      if (size === 4 || size === 16) {
        const address = arena.subarray(o, o + size);
        address.set(bytes.subarray(starts[row], ends[row]));
        truncateAddress(address, v4, v6);
        o += size;
      } else out.status[row] = outsideDomain;
      out.ends[row] = o;
    }
  };
}
