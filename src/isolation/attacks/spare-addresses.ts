import { AddressSet, partition } from '../reachability/address-set.ts';
import { addressSets } from '../reachability/rule-parts.ts';
import { formatAddress, parseCidr, type Family } from '../manifests/addresses.ts';
import type { Policy } from '../reachability/rules.ts';

/** Networks that pods live in: private ones (RFC 1918, RFC 6598, RFC 4193). */
const podNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']
  .flatMap((text) => parseCidr(text) ?? [])
  .reduce((set, range) => set.union(AddressSet.of(range)), AddressSet.none);

/**
 * Addresses that a new pod may be given: one of every block that policies tell apart. A block of a single address is somebody's own
 * and given to nobody else.
 */
export function spareAddresses(
  policies: readonly Policy[],
): Readonly<Record<Family, readonly string[]>> {
  const { ingress, egress } = addressSets(policies);
  const of = (family: Family): readonly string[] =>
    partition(family, [podNetworks, ...ingress, ...egress])
      .filter(({ first, last }) => first < last && podNetworks.contains({ family, number: first }))
      .map(({ first }) => formatAddress({ family, number: first }));
  return { 4: of(4), 6: of(6) };
}
