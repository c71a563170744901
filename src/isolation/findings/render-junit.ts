/** Findings as JUnit XML, as build servers read it: a test for each code that was looked for, failed by its findings. */
import { deciderText } from './decider-text.ts';
import { plainText } from './plain-text.ts';
import { testsOf } from './tests.ts';
import type { Finding } from './finding.ts';
import type { Report } from './report.ts';

export function* renderJunit(report: Report): Generator<string> {
  const tests = testsOf(report);
  const failures = tests.filter(({ failed }) => failed).length;
  const name = escaped(report.command);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="${name}" tests="${tests.length}" failures="${failures}" errors="0">\n`;
  yield `  <testsuite name="${name}" tests="${tests.length}" failures="${failures}" errors="0" skipped="0">\n`;
  for (const { title, finding, failed } of tests) {
    const open = `    <testcase classname="${name.replaceAll(' ', '.')}" name="${escaped(title)}"`;
    if (finding === null) yield `${open}/>\n`;
    else if (failed)
      yield `${open}>\n      <failure type="${finding.code}" message="${escaped(finding.message)}">${escaped(textOf(finding))}</failure>\n    </testcase>\n`;
    else
      yield `${open}>\n      <system-out>${escaped(textOf(finding))}</system-out>\n    </testcase>\n`;
  }
  yield `    <system-out>${escaped([...report.statements, report.verdict].join('\n'))}</system-out>\n`;
  yield '  </testsuite>\n</testsuites>\n';
}

function textOf({ severity, message, deciders, path, remedy }: Finding): string {
  return [
    `${severity}: ${message}`,
    ...deciders.map((one) => `by ${deciderText(one)}`),
    ...(path.length === 0 ? [] : [`path ${path.join(' > ')}`]),
    `remedy: ${remedy}`,
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Characters that XML 1.0 has, with markup as entities; line breaks stay. */
const escaped = (text: string): string =>
  text
    .split('\n')
    .map((line) => plainText(line).replace(/[&<>"']/g, (character) => entities[character] ?? ''))
    .join('\n');
