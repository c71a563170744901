import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderJunit } from '../../../src/isolation/findings/render-junit.ts';
import { finding, hostileFinding, report } from './report-fixture.ts';

const text = (...args: Parameters<typeof renderJunit>): string =>
  [...renderJunit(...args)].join('');

/** Elements with their attributes, checked for being closed in order; enough of XML 1.0 for what is written here. */
function elements(xml: string): readonly { readonly name: string; readonly attributes: string }[] {
  const open: string[] = [];
  const found: { name: string; attributes: string }[] = [];
  assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/);
  const body = xml.replace(/^<\?xml[^>]*\?>/, '');
  let rest = body;
  for (const match of body.matchAll(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g)) {
    const [whole, closing, name = '', attributes = '', empty] = match;
    rest = rest.replace(whole, '');
    if (closing === '/') assert.equal(open.pop(), name);
    else {
      found.push({ name, attributes });
      if (empty !== '/') open.push(name);
    }
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]/, 'no markup but elements');
  assert.doesNotMatch(rest, /&(?!(amp|lt|gt|quot|apos);)/, 'no bare ampersand');
  for (const character of xml)
    assert.ok(character >= ' ' || character === '\n', 'only characters of XML 1.0');
  return found;
}

describe('JUnit XML', () => {
  it('has a test for each code that found nothing and each finding, failed at the threshold', () => {
    const xml = text(report([finding(), finding({ severity: 'warning', subject: 'other' })]));
    const tests = elements(xml).filter(({ name }) => name === 'testcase');
    assert.equal(tests.length, 3);
    assert.equal(elements(xml).filter(({ name }) => name === 'failure').length, 1);
    assert.match(elements(xml)[0]?.attributes ?? '', /tests="3" failures="1" errors="0"/);
    assert.match(xml, /<testcase classname="lethe\.network\.verify" name="MISSING_FLOW: not: /);
    assert.match(xml, /<failure type="EXCESS_FLOW" message="shop\/web/);
    const strict = text(report([finding({ severity: 'note' })], { threshold: 'note' }));
    assert.equal(elements(strict).filter(({ name }) => name === 'failure').length, 1);
  });

  it('stays well formed whatever names there are', () => {
    const xml = text(report([hostileFinding]));
    assert.equal(elements(xml).filter(({ name }) => name === 'testcase').length, 2);
    assert.match(xml, /&lt;script&gt;&amp;\]\]&gt;/);
  });
});
