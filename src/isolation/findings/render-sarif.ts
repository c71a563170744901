/** Findings as SARIF 2.1.0 (OASIS standard), for code scanning: shown at the line of the rule that decided. */
import { createHash } from 'node:crypto';
import { plainText } from './plain-text.ts';
import type { Decider, Finding } from './finding.ts';
import type { Report } from './report.ts';

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';

/** One run with every rule, whether it was broken or not. */
export function* renderSarif(report: Report): Generator<string> {
  const codes = [
    ...new Set([...Object.keys(report.rules), ...report.findings.map(({ code }) => code)]),
  ].toSorted();
  const index = new Map(codes.map((code, at) => [code, at]));
  const seen = new Map<string, number>();
  const log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lethe',
            semanticVersion: report.version,
            rules: codes.map((code) => ruleOf(code, report)),
          },
        },
        automationDetails: { id: `${report.command}/` },
        invocations: [{ executionSuccessful: true }],
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: index.get(finding.code) ?? -1,
          level: finding.severity,
          message: { text: textOf(finding) },
          locations: locationsOf(finding, report.home),
          ...related(finding),
          partialFingerprints: { 'letheFinding/v1': fingerprint(finding, seen) },
        })),
      },
    ],
  };
  yield JSON.stringify(log, null, 2);
  yield '\n';
}

function ruleOf(code: string, { rules, findings }: Report): object {
  const text = Object.hasOwn(rules, code) ? rules[code] : undefined;
  const { title, help } = text ?? { title: code, help: code };
  return {
    id: code,
    name: code
      .split('_')
      .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
      .join(''),
    shortDescription: { text: title },
    fullDescription: { text: help },
    help: { text: help },
    defaultConfiguration: { level: findings.find((one) => one.code === code)?.severity ?? 'error' },
  };
}

/** Code scanning shows one text: what, how, and what to do. */
function textOf({ message, path, remedy }: Finding): string {
  const way = path.length === 0 ? '' : ` Path: ${path.join(' > ')}.`;
  return plainText(`${message}.${way} Remedy: ${remedy}.`);
}

function locationsOf({ deciders, subject }: Finding, home: string | null): readonly object[] {
  const [first] = deciders.filter(({ origin }) => origin.file !== '');
  if (first !== undefined) return [locationOf(first)];
  const logicalLocations = [{ fullyQualifiedName: plainText(subject) }];
  if (home === null) return [{ logicalLocations }];
  const physicalLocation = { artifactLocation: { uri: uriOf(home) }, region: { startLine: 1 } };
  return [{ physicalLocation, logicalLocations }];
}

/** Deciders after the first, such as the policy of the other side. */
function related({ deciders }: Finding): object {
  const others = deciders.filter(({ origin }) => origin.file !== '').slice(1);
  if (others.length === 0) return {};
  return {
    relatedLocations: others.map((one, id) => ({
      id: id + 1,
      ...locationOf(one),
      message: { text: plainText(`${one.policy} ${one.rule ?? ''}`.trimEnd()) },
    })),
  };
}

function locationOf({ policy, rule, origin: { file, line } }: Decider): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      // Objects of a live cluster stand on no line.
      ...(line > 0 && { region: { startLine: line } }),
    },
    logicalLocations: [{ fullyQualifiedName: plainText(`${policy} ${rule ?? ''}`.trimEnd()) }],
  };
}

/** A path as a URI reference (RFC 3986): relative ones stay so, since code scanning reads them from the root of the repository. */
function uriOf(file: string): string {
  const parts = file
    .toWellFormed()
    .split('/')
    .filter((part) => part !== '.')
    .map(encodeURIComponent);
  return file.startsWith('/') ? `file://${parts.join('/')}` : parts.join('/');
}

/** The same finding in another run, whatever moved it to another line; equal ones are counted. */
function fingerprint({ code, subject, deciders }: Finding, seen: Map<string, number>): string {
  const [first] = deciders;
  const key = JSON.stringify([code, subject, first?.policy ?? '', first?.rule ?? '']);
  const turn = (seen.get(key) ?? 0) + 1;
  seen.set(key, turn);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}:${turn}`;
}
