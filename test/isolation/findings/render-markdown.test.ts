import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderMarkdown } from '../../../src/isolation/findings/render-markdown.ts';
import { finding, hostileFinding, report } from './report-fixture.ts';

const text = (...args: Parameters<typeof renderMarkdown>): string =>
  [...renderMarkdown(...args)].join('');

describe('Markdown', () => {
  it('has a table, and the rest of each finding folded away', () => {
    const shown = text(report([finding()]));
    assert.match(shown, /^## lethe network verify\n\n\*\*not verified\*\* \(1 error\)\n/);
    assert.match(shown, /\n\| error \| `EXCESS_FLOW` \| kafka\/kafka\\-0\\\[Pod\\\] \| /);
    assert.match(shown, /\n- by NetworkPolicy kafka\/open ingress\\\[0\\\] /);
    assert.match(shown, / → topic raw\.orders\n/);
    assert.match(shown, /\n- judged 2 workloads\n/);
  });

  it('has no table where nothing was found', () => {
    const shown = text(report([], { verdict: 'verified' }));
    assert.match(shown, /\*\*verified\*\* \(no findings\)/);
    assert.doesNotMatch(shown, /\|/);
  });

  it('fits into a comment and says how many findings are left out', () => {
    const many = Array.from({ length: 2000 }, (_, at) => finding({ subject: `pod ${at}` }));
    const shown = text(report(many));
    assert.ok(shown.length < 65_536, `${shown.length}`);
    const rows = shown.split('\n').filter((line) => line.startsWith('| error')).length;
    assert.match(shown, new RegExp(`\n${2000 - rows} more are left out`));
    const chatty = report([finding()], { statements: Array.from({ length: 9000 }, () => 'fact') });
    assert.ok(text(chatty).length < 65_536);
  });

  it('lets no name become a tag, link, cell, mention or another line', () => {
    const shown = text(report([hostileFinding]));
    assert.doesNotMatch(shown, /<script|@team|[^\\]`\*|\]\(http|[^\\]\|`/);
    assert.match(shown, /@<!-- -->team/);
    const cells = shown
      .split('\n')
      .find((line) => line.startsWith('| error'))
      ?.split(/(?<!\\)\|/);
    assert.equal(cells?.length, 6);
    assert.ok(!/[\p{Cf}\p{Cs}]/u.test(shown));
  });
});
