/** Findings for people at a terminal: a block each, wrapped where the width is known. */
import { deciderText } from './decider-text.ts';
import { plainText } from './plain-text.ts';
import { tally, type Report } from './report.ts';
import type { Finding } from './finding.ts';

/** @param width columns of the terminal; `null`: not a terminal, lines are as long as they are */
export function* renderTable(report: Report, width: number | null): Generator<string> {
  for (const finding of report.findings) yield* block(finding, width);
  for (const statement of report.statements) yield* wrapped('', plainText(statement), width);
  if (report.statements.length > 0) yield '\n';
  yield* wrapped('', `${plainText(report.verdict)} (${tally(report.findings)})`, width);
}

function* block(finding: Finding, width: number | null): Generator<string> {
  const { severity, code, subject, message, deciders, path, remedy } = finding;
  yield* wrapped('', `${severity.padEnd(7)} ${code}  ${plainText(subject)}`, width);
  yield* wrapped('  ', plainText(message), width);
  for (const decider of deciders) yield* wrapped('  by      ', deciderText(decider), width);
  if (path.length > 0) yield* wrapped('  path    ', path.map(plainText).join(' > '), width);
  yield* wrapped('  remedy  ', plainText(remedy), width);
  yield '\n';
}

/** Lines of at most the width, the later ones indented as deep as the first; words longer than that stay whole. */
function* wrapped(lead: string, text: string, width: number | null): Generator<string> {
  const room = width === null ? Infinity : Math.max(width - lead.length, 20);
  let [start, line] = [lead, ''];
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      yield `${start}${line}\n`;
      [start, line] = [' '.repeat(lead.length), word];
    } else line = line === '' ? word : `${line} ${word}`;
  }
  yield `${start}${line}`.trimEnd() + '\n';
}
