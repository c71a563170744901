/** Anomalies and summaries as lines of text, or as one JSON object a line. */
import type { Severity } from '../findings/finding.ts';
import type { CountedAnomaly } from './anomaly.ts';
import type { WatchSummary } from './detector.ts';
import type { ReadSource } from './watch-streams.ts';

/** How anomalies are printed. */
export type WatchOutput = 'text' | 'json';

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** One line for one anomaly, when it is new. */
export function renderAnomaly(anomaly: CountedAnomaly, output: WatchOutput): string {
  if (output === 'json') return `${JSON.stringify({ type: 'anomaly', ...plain(anomaly) })}\n`;
  const { finding, firstSeen, origin } = anomaly;
  const { severity, code, subject, message, deciders, remedy } = finding;
  const by = deciders.map((one) => ` by ${one.policy}${one.rule === null ? '' : ` ${one.rule}`}`);
  const where = origin === null ? '' : ` (${origin.source}:${origin.line})`;
  const when = firstSeen === null ? '' : `${iso(firstSeen) ?? ''} `;
  return `${when}${severity} ${code} ${subject}: ${message}${by.join(',')}${where}; ${remedy}\n`;
}

/** What is said at the end. */
export function* renderSummary(
  summary: WatchSummary,
  sources: readonly ReadSource[],
  output: WatchOutput,
): Generator<string> {
  if (output === 'json') {
    const { anomalies, ...numbers } = summary;
    yield `${JSON.stringify({ type: 'summary', ...numbers, sources, anomalies: anomalies.map(plain) })}\n`;
    return;
  }
  for (const source of sources) yield `${sourceLine(source)}\n`;
  const { flows, elsewhere, unresolved, late, declared, evicted, verdicts, anomalies } = summary;
  yield `flows ${flows} (allowed ${verdicts.allowed}, denied ${verdicts.denied}, unknown ${verdicts.unknown}), ${elsewhere} between others, ${unresolved} with an unresolved end, ${late} late\n`;
  yield `declared flows seen: ${declared.seen} of ${declared.total}\n`;
  if (evicted > 0) yield `forgotten to keep within memory: ${evicted} entries\n`;
  for (const { finding, count, firstSeen, lastSeen } of anomalies) {
    const { severity, code, subject } = finding;
    const span = firstSeen === null ? '' : `, ${iso(firstSeen) ?? ''} to ${iso(lastSeen) ?? ''}`;
    // What was never seen has no number.
    const often = count === 0 ? '' : `: ${counted(count, 'time')}${span}`;
    yield `${severity} ${code} ${subject}${often}\n`;
  }
  const of = (wanted: Severity): string => {
    const found = anomalies.filter(({ finding }) => finding.severity === wanted);
    return counted(found.length, wanted);
  };
  yield `${of('error')}, ${of('warning')}, ${of('note')}\n`;
}

const counted = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? '' : 's'}`;

function plain({ finding, count, firstSeen, lastSeen, origin }: CountedAnomaly): object {
  return { ...finding, count, firstSeen: iso(firstSeen), lastSeen: iso(lastSeen), origin };
}

function sourceLine({ name, format, counts }: ReadSource): string {
  const { lines, flows, skipped, malformed } = counts;
  const others = Object.entries(skipped).map(([reason, count]) => `, ${count} ${reason}`);
  const bad = Object.entries(malformed).map(
    ([fault, { count, first }]) => `, ${count} ${fault} (first on line ${first})`,
  );
  return `${name} (${format ?? 'unknown format'}): ${lines} lines, ${flows} flows${[...others, ...bad].join('')}`;
}
