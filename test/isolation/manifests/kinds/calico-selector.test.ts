import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCalicoSelector } from '../../../../src/isolation/manifests/kinds/calico-selector.ts';
import { matches } from '../../../../src/isolation/manifests/labels.ts';

const labels = new Map([
  ['app', 'web'],
  ['tier', 'front-end'],
  ['example.org/x', '1'],
]);
const judge = (text: string): boolean | undefined => {
  const predicate = parseCalicoSelector(text);
  return predicate === undefined ? undefined : matches(predicate, (key) => labels.get(key));
};

describe('selectors of Calico', () => {
  for (const [text, expected] of [
    ['', true],
    ['all()', true],
    ['global()', false],
    ['app == "web"', true],
    ["app == 'db'", false],
    ['app != "db"', true],
    ['lost != "x"', true],
    ['has(app) && !has(lost)', true],
    ['! has(app) || example.org/x == "1"', true],
    ['app in {"db", "web"}', true],
    ['app not in {"db", "web"}', false],
    ['lost not in {"x"}', true],
    ['app in {}', false],
    ['tier contains "nt-e"', true],
    ['tier starts with "front"', true],
    ['tier ends with "front"', false],
    ['(app == "db" || app == "web") && tier == "front-end"', true],
    ['app == "db" && app == "web" || has(tier)', true],
    ['!(app == "web")', false],
  ] as const)
    it(`judges ${text}`, () => {
      assert.equal(judge(text), expected);
    });

  for (const text of [
    'app',
    'app =',
    'app == web',
    'app == "web',
    '(app == "web"',
    'has()',
    'some()',
    'app in "x"',
    'app == "a" "b"',
    '&& app == "a"',
    '!'.repeat(10_000),
    '('.repeat(100_000),
  ])
    it(`refuses ${text.slice(0, 20)}`, () => {
      assert.equal(parseCalicoSelector(text), undefined);
    });
});
