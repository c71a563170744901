import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectorNames } from '../../../src/assurance/leak-audit/detectors/detector.ts';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { context, problemsOf, smallText } from './example.ts';

const withSection = (section: string): string => `${smallText}\naudit: ${section}\n`;

test('without a section everything is judged, and positions are kept beside those of the service', () => {
  assert.deepEqual(parseConfig(smallText, context).audit, {
    groupId: 'lethe-audit',
    sample: 1,
    startFrom: 'earliest',
    detectors: [...detectorNames],
    allow: [],
  });
});

test('every setting of the audit can be said', () => {
  const route = parseConfig(smallText, context).settings.routes[0]!.name;
  const text = `{ groupId: watchers, sample: 100, startFrom: latest, detectors: [email], allow: [{ route: ${route}, path: $key, detector: phone }] }`;
  assert.deepEqual(parseConfig(withSection(text), context).audit, {
    groupId: 'watchers',
    sample: 100,
    startFrom: 'latest',
    detectors: ['email'],
    allow: [{ route, path: '$key', detector: 'phone' }],
  });
});

for (const [what, section, path] of [
  [
    'a route that is not there',
    '{ allow: [{ route: x, path: a, detector: email }] }',
    'audit.allow[0].route',
  ],
  ['a detector that is not known', '{ detectors: [names] }', 'audit.detectors[0]'],
  [
    'a path that is none',
    '{ allow: [{ route: a, path: "a..b", detector: email }] }',
    'audit.allow[0].path',
  ],
  ['the group of the service', '{ groupId: lethe }', 'audit.groupId'],
  ['no sample', '{ sample: 0 }', 'audit.sample'],
] as const)
  test(`${what} is refused with its path`, () => {
    assert.ok(problemsOf(withSection(section)).some((problem) => problem.path === path));
  });
