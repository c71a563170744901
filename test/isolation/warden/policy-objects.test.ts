import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isOwn,
  keyOf,
  livePolicy,
  manifestOf,
  meddlers,
  sameMetadata,
  shownPolicy,
  wantedPolicies,
} from '../../../src/isolation/warden/policy-objects.ts';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { declared, first, identity } from './warden-world.ts';

const { files } = generate(flowMap(declared, first), { flavour: 'networkpolicy' });
const wanted = wantedPolicies(files, identity);
const deny = wanted.get('NetworkPolicy.networking.k8s.io kafka/lethe-default-deny')!;

test('generated files become objects that carry the mark of their warden', () => {
  assert.equal(deny.annotations['lethe/warden'], identity);
  assert.equal(deny.labels['app.kubernetes.io/managed-by'], 'lethe');
  assert.deepEqual(deny.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  assert.ok([...wanted.values()].every(({ kind }) => kind === 'NetworkPolicy'));
});

test('what is sent is read back as the same policy', () => {
  const live = livePolicy({ ...manifestOf(deny), status: {} });
  assert.equal(keyOf(live), keyOf(deny));
  assert.deepEqual(live.spec, deny.spec);
  assert.ok(sameMetadata(live, deny));
  assert.ok(isOwn(live, identity));
});

test('own is what has the label and the annotation of this warden', () => {
  const live = livePolicy(manifestOf(deny));
  assert.ok(!isOwn(live, 'other/one'));
  assert.ok(!isOwn({ ...live, labels: {} }, identity));
  assert.ok(!isOwn({ ...live, annotations: {} }, identity));
});

test('kinds of the same name in different groups are told apart', () => {
  const calico = { ...deny, apiVersion: 'projectcalico.org/v3' };
  assert.notEqual(keyOf(calico), keyOf(deny));
  assert.equal(shownPolicy({ ...deny, namespace: null }), 'NetworkPolicy lethe-default-deny');
});

test('meddlers are those who wrote to what decides, latest first, and not the warden', () => {
  const entry = (manager: string, time: string, fieldsV1: object) => ({ manager, time, fieldsV1 });
  const managedFields = [
    entry('lethe-warden', '2026-01-01T00:00:00Z', { 'f:spec': {} }),
    entry('early', '2026-01-01T00:00:01Z', { 'f:spec': {} }),
    entry('late', '2026-01-01T00:00:02Z', {
      'f:metadata': { 'f:labels': { 'f:app.kubernetes.io/managed-by': {} } },
    }),
    entry('harmless', '2026-01-01T00:00:03Z', { 'f:metadata': { 'f:annotations': {} } }),
    entry('', '2026-01-01T00:00:00Z', { 'f:spec': {} }),
  ];
  assert.deepEqual(meddlers(livePolicy({ metadata: { managedFields } })), [
    'late',
    'early',
    'unknown',
  ]);
});

test('nothing in an object of the server is trusted to be there', () => {
  for (const value of [
    null,
    1,
    [],
    {},
    { metadata: 3, spec: [] },
    { metadata: { labels: { a: 1 } } },
  ]) {
    const live = livePolicy(value);
    assert.deepEqual([live.labels, live.spec, live.managers], [{}, {}, []]);
  }
});
