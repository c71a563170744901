import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderTable } from '../../../src/isolation/findings/render-table.ts';
import { finding, hostileFinding, report } from './report-fixture.ts';

const text = (...args: Parameters<typeof renderTable>): string =>
  [...renderTable(...args)].join('');

describe('the table', () => {
  it('shows findings with who decided, the path and the remedy, then what was judged', () => {
    assert.equal(
      text(report([finding()]), null),
      [
        'error   EXCESS_FLOW  kafka/kafka-0[Pod]',
        '  shop/web[Deployment] may reach kafka/kafka-0[Pod] at TCP 9093',
        '  by      NetworkPolicy kafka/open ingress[0] (k8s/open policy.yaml:12)',
        '  by      NetworkPolicy shop/web (k8s/web.yaml:3)',
        '  path    shop/web[Deployment] > TCP 9093 > kafka/kafka-0[Pod] > topic raw.orders',
        '  remedy  generate the policies again',
        '',
        'judged 2 workloads',
        'looked up 3 flows',
        '',
        'not verified (1 error)',
        '',
      ].join('\n'),
    );
  });

  it('wraps at the width of a terminal and indents what follows', () => {
    const lines = text(report([finding()]), 40).split('\n');
    assert.ok(
      lines.every((line) => line.length <= 40),
      lines.join('\n'),
    );
    assert.ok(lines.includes('  path    shop/web[Deployment] > TCP'));
    assert.ok(lines.includes('          9093 > kafka/kafka-0[Pod] >'));
  });

  it('keeps words whole in a terminal of no width at all', () => {
    assert.match(text(report([finding()]), 1), /kafka\/kafka-0\[Pod\]/);
  });

  it('leaves out the line of an object that stands in no file', () => {
    const live = { policy: 'P a/b', rule: null, origin: { file: 'P/a/b', line: 0 } };
    const nowhere = { policy: 'P a/c', rule: null, origin: { file: '', line: 0 } };
    const shown = text(report([finding({ deciders: [live, nowhere] })]), null);
    assert.match(shown, /by {6}P a\/b \(P\/a\/b\)\n {2}by {6}P a\/c\n/);
  });

  it('lets no name drive the terminal or begin a line', () => {
    const lines = text(report([hostileFinding]), null).split('\n');
    assert.ok(lines.every((line) => !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(line)));
    assert.equal(lines.filter((line) => line.startsWith('---')).length, 0);
    assert.equal(lines.length, text(report([finding()]), null).split('\n').length - 1);
  });
});
