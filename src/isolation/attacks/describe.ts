import type { Attack, AttackDestination, AttackSource } from './attack.ts';

/** A source in one line: `kafka/{app=rogue}`, `shop/web[Deployment]`, an address. */
export function sourceText(source: AttackSource): string {
  switch (source.kind) {
    case 'pod': {
      const where = source.hostNetwork ? ' on the network of its node' : '';
      return `${source.namespace}/{${labelText(source.labels)}}${where}`;
    }
    case 'workload':
      return source.workload;
    case 'external':
      return `${source.address}[External]`;
  }
}

/** A destination in one line: `main/11 TCP 9093`; IPv6 is said, IPv4 is not. */
export const destinationText = ({ name, protocol, port, family }: AttackDestination): string =>
  `${name} ${protocol} ${port}${family === 6 ? ' over IPv6' : ''}`;

/** The hops of an attack, as findings show them. */
export function attackPath({
  source,
  destination,
}: Pick<Attack, 'source' | 'destination'>): readonly string[] {
  const { target, protocol, port } = destination;
  const end =
    target.kind === 'external'
      ? `${target.address}[External]`
      : `${target.namespace}/${target.pod ?? `{${labelText(target.labels)}}`}[Pod]`;
  return [sourceText(source), `${protocol} ${port}`, end];
}

/** Labels that are shown; the rest is counted. */
const mostLabels = 2;

function labelText(labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted();
  const rest = texts.length - mostLabels;
  return `${texts.slice(0, mostLabels).join(',')}${rest > 0 ? ` +${rest}` : ''}`;
}
