/** Findings in the Test Anything Protocol, version 14. */
import { deciderText } from './decider-text.ts';
import { plainText } from './plain-text.ts';
import { testsOf } from './tests.ts';
import type { Finding } from './finding.ts';
import type { Report } from './report.ts';

export function* renderTap(report: Report): Generator<string> {
  const tests = testsOf(report);
  yield `TAP version 14\n1..${tests.length}\n`;
  for (const [index, { title, finding, failed }] of tests.entries()) {
    yield `${failed ? 'not ok' : 'ok'} ${index + 1} - ${escaped(title)}\n`;
    if (finding !== null) yield* diagnostic(finding);
  }
  for (const statement of [...report.statements, report.verdict])
    yield `# ${plainText(statement)}\n`;
}

/** YAML whose every text is quoted as JSON, which YAML 1.2 takes. */
function* diagnostic({ severity, message, deciders, path, remedy }: Finding): Generator<string> {
  const quoted = (text: string): string => JSON.stringify(plainText(text));
  yield `  ---\n  message: ${quoted(message)}\n  severity: ${severity}\n`;
  if (deciders.length > 0) {
    yield '  deciders:\n';
    for (const one of deciders) yield `    - ${quoted(deciderText(one))}\n`;
  }
  if (path.length > 0) yield `  path: [${path.map(quoted).join(', ')}]\n`;
  yield `  remedy: ${quoted(remedy)}\n  ...\n`;
}

/** "#" begins a directive, such as a skip. */
const escaped = (text: string): string => plainText(text).replace(/[\\#]/g, '\\$&');
