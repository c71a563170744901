/** A flow map for people. */
import type { Place } from '../broker-pods.ts';
import type { FlowMap } from '../flow-map.ts';

/** Topics or reasons that are named in a cell, before the rest is counted. */
const mostNamed = 3;

/** Yields brokers, flows and findings as aligned columns. */
export function* renderMapTable(map: FlowMap): Generator<string> {
  yield* columns([
    ['BROKER', 'STANDING', 'ADDRESS', 'PLACE', 'RAW', 'OPEN'],
    ...map.brokers.map(({ name, standing, address, place, raw, open }) => [
      name,
      standing,
      address ?? 'away',
      placeText(place),
      some(raw),
      some(open),
    ]),
  ]);
  yield '\n';
  yield* columns([
    ['FROM', 'TO', 'PORT', 'WHY'],
    ...map.flows.map(({ from, to, protocol, port, why }) => [
      from,
      to,
      `${protocol} ${port}`,
      some(why),
    ]),
  ]);
  yield '\n';
  for (const { code, severity, subject, message, remedy } of map.findings)
    yield `${severity} ${code} ${subject}: ${message}\n  remedy: ${remedy}\n`;
  const count = map.findings.length;
  yield count === 0 ? 'no findings\n' : `${count} ${count === 1 ? 'finding' : 'findings'}\n`;
}

/** A place in one line, as `namespace/key=value,key=value` or an address. */
export function placeText(place: Place | null): string {
  if (place === null) return '-';
  if (place.kind === 'address') return place.address;
  const labels = Object.entries(place.podSelector).map(([key, value]) => `${key}=${value}`);
  return `${place.namespace}/${labels.toSorted().join(',')}`;
}

function some(names: readonly string[]): string {
  const rest = names.length - mostNamed;
  if (names.length === 0) return '-';
  return `${names.slice(0, mostNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function* columns(rows: readonly (readonly string[])[]): Generator<string> {
  const widths = (rows[0] ?? []).map((_, at) =>
    rows.reduce((most, row) => Math.max(most, row[at]?.length ?? 0), 0),
  );
  for (const row of rows)
    yield `${row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
}
