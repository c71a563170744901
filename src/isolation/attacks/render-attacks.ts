/** Attacks for people: one line for each kind and verdict, by family, and what remains. */
import { plainText } from '../findings/plain-text.ts';
import type { Attack, AttackFamily } from './attack.ts';
import { attackFamilies, catalogue } from './catalogue.ts';
import { destinationText, sourceText } from './describe.ts';
import type { LiveResult } from './live.ts';

/** Yields the table; `live` adds a column with outcomes. */
export function* renderAttacks(
  attacks: readonly Attack[],
  live: readonly LiveResult[] | null = null,
): Generator<string> {
  const results = new Map(live?.map((one) => [one.id, one]));
  const head = ['RESULT', 'ATTACK', 'FROM', 'TO', 'VERDICT', ...(live === null ? [] : ['LIVE'])];
  const families = Object.keys(attackFamilies) as readonly AttackFamily[];
  const groups = families.flatMap((family) => {
    const rows = rowsOf(attacks.filter((one) => one.family === family));
    return rows.length === 0 ? [] : [{ family, rows }];
  });
  const cells = groups.map(({ rows }) =>
    rows.map((row) => [...cellsOf(row), ...(live === null ? [] : [outcomesOf(row, results)])]),
  );
  const widths = head.map((title, at) =>
    Math.max(title.length, ...cells.flat().map((row) => row[at]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `${row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  yield line(head);
  for (const [index, { family }] of groups.entries()) {
    yield `\n${attackFamilies[family]}\n`;
    for (const row of cells[index] ?? []) yield line(row);
  }
  yield* remains(attacks);
}

/** What the network layer can't close, once for each kind, and who does. */
function* remains(attacks: readonly Attack[]): Generator<string> {
  const open = new Map<string, Attack>();
  for (const attack of attacks)
    if (attack.verdict !== 'denied' && attack.residual !== null && !open.has(attack.kind))
      open.set(attack.kind, attack);
  if (open.size === 0) return;
  yield '\nWhat no network policy closes\n';
  for (const [kind, { residual, closedBy }] of open)
    yield `  ${kind}: ${residual ?? ''}\n    closed by: ${closedBy.join(', ')}\n`;
}

/** The catalogue without any cluster: every kind, what it stands for, and who closes it. */
export function* renderCatalogue(): Generator<string> {
  for (const family of Object.keys(attackFamilies) as readonly AttackFamily[]) {
    yield `${attackFamilies[family]}\n`;
    for (const [kind, one] of catalogue)
      if (one.family === family)
        yield `  ${kind}: ${one.title}\n    stands for: ${one.standsFor}\n    a whole shield: ${one.expected}; closed by: ${one.closedBy.join(', ')}\n`;
    yield '\n';
  }
}

/** Attacks of one kind that ended alike, in one row. */
function rowsOf(attacks: readonly Attack[]): readonly (readonly Attack[])[] {
  return [...Map.groupBy(attacks, (one) => `${one.kind} ${one.verdict} ${resultOf(one)}`).values()];
}

function cellsOf(row: readonly Attack[]): readonly string[] {
  const [first] = row;
  if (first === undefined) return [];
  return [
    resultOf(first),
    first.kind,
    several(row.map(({ source }) => sourceText(source))),
    several(row.map(({ destination }) => destinationText(destination))),
    first.verdict,
  ].map(plainText);
}

/** What an attack's verdict means beside what is expected. */
function resultOf({ finding }: Attack): string {
  switch (finding?.code) {
    case undefined:
      return 'stopped';
    case 'ATTACK_SUCCEEDS':
      return 'SUCCEEDS';
    case 'ATTACK_RESIDUAL':
      return 'remains';
    case 'ATTACK_PARTY_DENIED':
      return 'LOCKED OUT';
    default:
      return 'UNDECIDED';
  }
}

function outcomesOf(row: readonly Attack[], results: ReadonlyMap<string, LiveResult>): string {
  const outcomes = row.map(({ id }) => results.get(id)?.outcome ?? 'unsupported');
  return [...Map.groupBy(outcomes, (outcome) => outcome)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([outcome, all]) => (row.length === 1 ? outcome : `${outcome} ${all.length}`))
    .join(', ');
}

function several(texts: readonly string[]): string {
  const [first = '', ...rest] = [...new Set(texts)];
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}
