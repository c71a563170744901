import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { context, problemsOf, smallText } from './example.ts';

const withSection = (section: string): string =>
  `${smallText}\nisolation: { mode: brokers, warden: ${section} }\n`;

test('a file without isolation has no warden', () => {
  assert.equal(parseConfig(smallText, context).warden, null);
});

test('what is not said has careful defaults: it only observes', () => {
  assert.deepEqual(parseConfig(`${smallText}\nisolation: { mode: brokers }\n`, context).warden, {
    mode: 'observe',
    flavour: 'networkpolicy',
    poll: 2000,
    settle: 30_000,
    staleAfter: 30_000,
    vanishedAfter: 600_000,
    acls: 30_000,
    lease: { namespace: null, name: 'lethe-warden' },
  });
});

test('every setting can be said', () => {
  const text =
    '{ mode: enforce, flavour: cilium, poll: 1s, settle: 1m, staleAfter: 10s, vanishedAfter: 1h, acls: 0s, lease: { namespace: ops, name: w } }';
  assert.deepEqual(parseConfig(withSection(text), context).warden, {
    mode: 'enforce',
    flavour: 'cilium',
    poll: 1000,
    settle: 60_000,
    staleAfter: 10_000,
    vanishedAfter: 3_600_000,
    acls: 0,
    lease: { namespace: 'ops', name: 'w' },
  });
});

test('flavours that are no policies, typos and answers that are stale before the next question are refused', () => {
  for (const [text, path] of [
    ['{ flavour: kafka-acl }', 'isolation.warden.flavour'],
    ['{ settel: 1s }', 'isolation.warden.settel'],
    ['{ lease: { name: Not_A_Name } }', 'isolation.warden.lease.name'],
    ['{ poll: 10s, staleAfter: 15s }', 'isolation.warden.staleAfter'],
  ] as const)
    assert.deepEqual(
      problemsOf(withSection(text)).map((problem) => problem.path),
      [path],
    );
});
