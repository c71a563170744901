import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import {
  joinRules,
  parseRules,
  RulesError,
  rulesSchema,
} from '../../../src/anonymization/rules/parse-rules.ts';

test('an empty section is the strict default', () => {
  for (const empty of [undefined, null, {}, { rules: {} }, { rules: null }])
    assert.deepEqual(parseRules(empty), {
      unclassified: 'refuse',
      precedence: [],
      inlineTechniques: 'allow',
      global: { tags: new Map(), fields: [] },
      route: { tags: new Map(), fields: [] },
    });
});

test('tags and fields keep their order, techniques are filled, optional stands beside the technique', () => {
  const { global } = parseRules({
    rules: {
      tags: {
        EMAIL: { technique: 'pseudonymize', output: 'email' },
        PII: { technique: 'suppress' },
      },
      fields: {
        'address.zip': { technique: 'mask', keepFirst: 2 },
        '**.note': { technique: 'suppress', optional: true },
      },
    },
    routes: [{ anything: true }],
  });
  assert.deepEqual([...global.tags.keys()], ['EMAIL', 'PII']);
  assert.deepEqual(global.tags.get('EMAIL'), {
    technique: 'pseudonymize',
    output: 'email',
    trim: false,
    foldCase: false,
    keepEmpty: false,
  });
  assert.deepEqual(global.fields, [
    {
      pattern: 'address.zip',
      spec: { technique: 'mask', keepFirst: 2, keepLast: 0, character: '*', ignore: '' },
      optional: false,
    },
    { pattern: '**.note', spec: { technique: 'suppress' }, optional: true },
  ]);
});

test('a route overrides what it says and inherits the rest', () => {
  const rules = parseRules(
    { unclassified: 'suppress', precedence: ['A'], tags: { A: { technique: 'keep' } } },
    { unclassified: 'pass', tags: { A: { technique: 'suppress' } } },
  );
  assert.equal(rules.unclassified, 'pass');
  assert.deepEqual(rules.precedence, ['A']);
  assert.deepEqual(rules.global.tags.get('A'), { technique: 'keep' });
  assert.deepEqual(rules.route.tags.get('A'), { technique: 'suppress' });
  assert.deepEqual(parseRules({ precedence: ['A'] }, { precedence: [] }).precedence, []);
});

test('every problem is reported at once with its path', () => {
  const wrong = {
    rules: {
      unclassified: 'maybe',
      surprise: 1,
      tags: { PII: { technique: 'supress' }, X: { technique: 'mask', keepFirst: -1 } },
      fields: { 'a..b': { technique: 'keep' }, c: { technique: 'keep', optional: 'yes' } },
    },
  };
  assert.throws(
    () => parseRules(wrong, { tags: { Y: 7 } }),
    (error: unknown) => {
      assert.ok(error instanceof RulesError);
      assert.equal(error.code, 'RULES_INVALID');
      const paths = error.problems.map(({ path }) => path);
      for (const path of [
        'rules',
        'rules.unclassified',
        'rules.tags.PII.technique',
        'rules.tags.X.keepFirst',
        'rules.fields.a..b',
        'rules.fields.c.optional',
        'route.rules.tags.Y',
      ])
        assert.ok(paths.includes(path), `${path} of ${paths.join(' ')}`);
      return true;
    },
  );
});

test('the global section alone is one layer below an empty one', () => {
  const section = rulesSchema.parse({ tags: { A: { technique: 'keep' } } });
  const { global, route } = joinRules(section);
  assert.deepEqual([global.tags.size, route.tags.size, route.fields], [1, 0, []]);
});

test('anything but an object is refused', () => {
  for (const wrong of ['rules', 7, [], { rules: [] }])
    assert.throws(() => parseRules(wrong), { code: 'RULES_INVALID' });
});

test('a tag named like a member of objects is a tag', () => {
  const rules = parseRules(JSON.parse('{"tags":{"constructor":{"technique":"keep"}}}'));
  assert.deepEqual([...rules.global.tags.keys()], ['constructor']);
});

test('the section has a JSON Schema for the configuration file', () => {
  const schema = z.toJSONSchema(rulesSchema, { io: 'input' });
  assert.ok(JSON.stringify(schema).includes('shift-date'));
});
