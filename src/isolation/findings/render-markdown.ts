/** Findings as a comment under a pull request. */
import { deciderText } from './decider-text.ts';
import { plainText } from './plain-text.ts';
import { tally, type Report } from './report.ts';
import type { Finding } from './finding.ts';

/** GitHub takes 65,536 characters in a comment, GitLab a million. */
const mostCharacters = 60_000;

/** Worst first, as far as a comment has room; the last line says what was left out. */
export function* renderMarkdown(report: Report): Generator<string> {
  const { command, verdict, findings, statements } = report;
  let room = mostCharacters;
  const put = (text: string): string => {
    room -= text.length;
    return text;
  };
  yield put(`## ${escaped(command)}\n\n**${escaped(verdict)}** (${tally(findings)})\n\n`);
  const facts = statements.map((one) => `- ${escaped(one)}\n`).join('');
  const told = facts.length < mostCharacters / 2 ? facts : '';
  room -= told.length;
  if (findings.length > 0) {
    yield put('| severity | code | subject | message |\n| --- | --- | --- | --- |\n');
    let shown = 0;
    const details: string[] = [];
    for (const finding of findings) {
      const [row, detail] = [rowOf(finding), detailOf(finding)];
      if (row.length + detail.length > room) break;
      yield put(row);
      room -= detail.length;
      details.push(detail);
      shown += 1;
    }
    yield '\n';
    yield* details;
    if (shown < findings.length)
      yield `\n${findings.length - shown} more are left out here: run the command for all of them.\n`;
    yield '\n';
  }
  yield told;
}

const rowOf = ({ severity, code, subject, message }: Finding): string =>
  `| ${severity} | \`${code}\` | ${escaped(subject)} | ${escaped(message)} |\n`;

function detailOf({ code, subject, deciders, path, remedy }: Finding): string {
  const lines = [
    ...deciders.map((one) => `by ${escaped(deciderText(one))}`),
    ...(path.length === 0 ? [] : [`path ${path.map(escaped).join(' → ')}`]),
    `remedy: ${escaped(remedy)}`,
  ];
  return `<details><summary>${code} ${escaped(subject)}</summary>\n\n${lines.map((line) => `- ${line}\n`).join('')}\n</details>\n`;
}

/** Text that no Markdown reads as anything else: no emphasis, link, tag, table cell, mention, or reference to an issue. */
function escaped(text: string): string {
  return plainText(text)
    .replace(/[\\`*_{}[\]()<>|~+!:&-]/g, (character) =>
      character === '<' || character === '>' || character === '&'
        ? { '<': '&lt;', '>': '&gt;', '&': '&amp;' }[character]
        : `\\${character}`,
    )
    .replace(/www\./gi, (start) => `${start.slice(0, -1)}\\.`)
    .replace(/[@#]/g, '$&<!-- -->');
}
