import assert from 'node:assert/strict';
import { test } from 'node:test';
import { named, numbered } from '../../../src/isolation/policies/names.ts';

const nameless = (text: string, key = text) => ({ key, namespace: 'a', text, suffix: 'ingress' });
const names = (...texts: readonly string[]) => [
  ...named(texts.map((one) => nameless(one))).values(),
];

test('a name is what people call it', () => {
  assert.deepEqual(names('broker main/11'), ['lethe-broker-main-11-ingress']);
});

test('two that would be alike get a hash each, whatever their order', () => {
  const found = named(['a b', 'a/b'].map((one) => nameless(one)));
  const turned = named(['a/b', 'a b'].map((one) => nameless(one)));
  assert.equal(new Set(found.values()).size, 2);
  assert.deepEqual(turned.get('a b'), found.get('a b'));
  assert.match(found.get('a b') ?? '', /^lethe-a-b-[0-9a-f]{8}-ingress$/);
});

test('the same name in two namespaces needs no hash', () => {
  const found = named([nameless('x'), { ...nameless('x', 'other'), namespace: 'b' }]);
  assert.deepEqual([...found.values()], ['lethe-x-ingress', 'lethe-x-ingress']);
});

test('a long name is cut to 63 letters and stays unlike its neighbours', () => {
  const found = names(`${'long '.repeat(40)}a`, `${'long '.repeat(40)}b`);
  assert.equal(new Set(found).size, 2);
  for (const name of found) assert.match(name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
});

test('further parts are numbered and fit as well', () => {
  assert.equal(numbered('lethe-x-ingress', 0), 'lethe-x-ingress');
  assert.equal(numbered('lethe-x-ingress', 1), 'lethe-x-ingress-2');
  const [long = ''] = names('long '.repeat(40));
  assert.match(numbered(long, 11), /^lethe-long-.*-[0-9a-f]{8}-.*-12$/);
  assert.ok(numbered(long, 11).length <= 63);
});

test('a name without any letter is a name all the same', () => {
  assert.deepEqual(names('///'), ['lethe-x-ingress']);
});
