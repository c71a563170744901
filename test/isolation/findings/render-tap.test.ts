import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { renderTap } from '../../../src/isolation/findings/render-tap.ts';
import { finding, hostile, hostileFinding, report } from './report-fixture.ts';

const lines = (...args: Parameters<typeof renderTap>): readonly string[] =>
  [...renderTap(...args)].join('').split('\n');
const isTest = (line: string): boolean => /^(not )?ok /.test(line);

describe('TAP', () => {
  it('counts tests from 1, and fails findings at the threshold only', () => {
    const tap = lines(report([finding(), finding({ severity: 'note', subject: 'x' })]));
    assert.equal(tap[0], 'TAP version 14');
    assert.equal(tap[1], '1..3');
    assert.deepEqual(tap.filter(isTest), [
      'not ok 1 - EXCESS_FLOW: kafka/kafka-0[Pod]',
      'ok 2 - EXCESS_FLOW: x',
      'ok 3 - MISSING_FLOW: not: Less than declared',
    ]);
    assert.ok(tap.includes('# judged 2 workloads'));
  });

  it('tells details in YAML', () => {
    const tap = lines(report([finding()]));
    const [from, to] = [tap.indexOf('  ---'), tap.indexOf('  ...')];
    assert.deepEqual(parse(tap.slice(from + 1, to).join('\n')), {
      message: finding().message,
      severity: 'error',
      deciders: [
        'NetworkPolicy kafka/open ingress[0] (k8s/open policy.yaml:12)',
        'NetworkPolicy shop/web (k8s/web.yaml:3)',
      ],
      path: finding().path,
      remedy: 'generate the policies again',
    });
  });

  it('lets no name skip a test, end the details, or count as one', () => {
    const tap = lines(report([hostileFinding, finding({ subject: 'a # SKIP \\' })]));
    assert.equal(tap.filter(isTest).length, 3);
    assert.ok(tap.includes('not ok 2 - EXCESS_FLOW: a \\# SKIP \\\\'));
    assert.ok(tap.filter(isTest).every((line) => !/(?<!\\)#/.test(line)));
    const [from, to] = [tap.indexOf('  ---'), tap.indexOf('  ...')];
    const details = parse(tap.slice(from + 1, to).join('\n')) as { readonly message: string };
    assert.equal(details.message.length, Array.from(hostile).length);
  });
});
