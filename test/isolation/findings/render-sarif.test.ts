import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { renderSarif } from '../../../src/isolation/findings/render-sarif.ts';
import { finding, hostile, hostileFinding, report } from './report-fixture.ts';

/** What of SARIF 2.1.0 (OASIS, sections 3.13 to 3.49) is written here, with the standard's own bounds; anything else is refused. */
const uri = z.string().regex(/^([A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})+$/);
const message = z.strictObject({ text: z.string().min(1) });
const level = z.enum(['error', 'warning', 'note']);
const location = z.strictObject({
  id: z.int().min(0).optional(),
  physicalLocation: z
    .strictObject({
      artifactLocation: z.strictObject({ uri }),
      region: z.strictObject({ startLine: z.int().min(1) }).optional(),
    })
    .optional(),
  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string() })).optional(),
  message: message.optional(),
});
const rule = z.strictObject({
  id: z.string(),
  name: z.string().regex(/^[A-Z][A-Za-z]+$/),
  shortDescription: message,
  fullDescription: message,
  help: message,
  defaultConfiguration: z.strictObject({ level }),
});
const log = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.literal('lethe'),
          semanticVersion: z.string(),
          rules: z.array(rule),
        }),
      }),
      automationDetails: z.strictObject({ id: z.string() }),
      invocations: z.tuple([z.strictObject({ executionSuccessful: z.boolean() })]),
      columnKind: z.literal('utf16CodeUnits'),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level,
          message,
          locations: z.array(location).min(1),
          relatedLocations: z.array(location).optional(),
          partialFingerprints: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ]),
});

function sarif(...args: Parameters<typeof renderSarif>): z.infer<typeof log>['runs'][0] {
  return log.parse(JSON.parse([...renderSarif(...args)].join(''))).runs[0];
}

describe('SARIF', () => {
  it('shows a finding at the line of the rule that decided, with the others beside it', () => {
    const run = sarif(report([finding()]));
    const [result] = run.results;
    assert.equal(run.tool.driver.rules[result?.ruleIndex ?? -1]?.id, 'EXCESS_FLOW');
    assert.deepEqual(result?.locations[0]?.physicalLocation, {
      artifactLocation: { uri: 'k8s/open%20policy.yaml' },
      region: { startLine: 12 },
    });
    assert.equal(result.relatedLocations?.[0]?.physicalLocation?.region?.startLine, 3);
    assert.equal(result.relatedLocations[0].message?.text, 'NetworkPolicy shop/web');
    assert.match(result.message.text, /Path: shop\/web.*Remedy: generate/);
  });

  it('names every code that was looked for, and codes that nobody explained', () => {
    const { rules } = sarif(report([finding({ code: 'NEW_CODE', severity: 'note' })])).tool.driver;
    assert.deepEqual(
      rules.map(({ id, name }) => `${id} ${name}`),
      ['EXCESS_FLOW ExcessFlow', 'MISSING_FLOW MissingFlow', 'NEW_CODE NewCode'],
    );
    assert.equal(rules[2]?.defaultConfiguration.level, 'note');
    assert.equal(rules[0]?.help.text, 'Declare it.');
  });

  it('gives findings without a place the configuration, and none where there is none', () => {
    const nowhere = finding({ deciders: [] });
    const [result] = sarif(report([nowhere])).results;
    assert.equal(result?.locations[0]?.physicalLocation?.artifactLocation.uri, 'lethe.yaml');
    const [other] = sarif(report([nowhere], { home: null })).results;
    assert.equal(other?.locations[0]?.physicalLocation, undefined);
    assert.equal(other?.locations[0]?.logicalLocations?.[0]?.fullyQualifiedName, nowhere.subject);
  });

  it('has no line for objects of a live cluster, and a scheme for absolute paths', () => {
    const at = (file: string, line: number) =>
      sarif(report([finding({ deciders: [{ policy: 'P', rule: null, origin: { file, line } }] })]))
        .results[0]?.locations[0]?.physicalLocation;
    assert.deepEqual(at('NetworkPolicy/kafka/open', 0), {
      artifactLocation: { uri: 'NetworkPolicy/kafka/open' },
    });
    assert.equal(at('/srv/k8s/a.yaml', 1)?.artifactLocation.uri, 'file:///srv/k8s/a.yaml');
    assert.equal(at('k8s/./a.yaml', 1)?.artifactLocation.uri, 'k8s/a.yaml');
  });

  it('has fingerprints that lines and wording do not change, and that tell equal findings apart', () => {
    const prints = (...findings: Parameters<typeof report>[0][number][]): readonly string[] =>
      sarif(report(findings)).results.flatMap((one) => Object.values(one.partialFingerprints));
    const moved = finding({
      message: 'in other words',
      deciders: finding().deciders.map((one) => ({
        ...one,
        origin: { ...one.origin, line: one.origin.line + 40 },
      })),
    });
    assert.deepEqual(prints(finding()), prints(moved));
    const [first, second] = prints(finding(), moved);
    assert.notEqual(first, second);
    assert.notDeepEqual(prints(finding()), prints(finding({ subject: 'another' })));
  });

  it('stays valid whatever names there are', () => {
    const [result] = sarif(report([hostileFinding])).results;
    assert.ok(!/[\p{Cc}\p{Cf}\p{Cs}]/u.test(result?.message.text ?? ''));
    assert.equal(
      decodeURIComponent(result?.locations[0]?.physicalLocation?.artifactLocation.uri ?? ''),
      hostile.toWellFormed(),
    );
  });
});
