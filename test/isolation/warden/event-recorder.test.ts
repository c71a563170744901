import assert from 'node:assert/strict';
import { test } from 'node:test';
import { camelCase, EventRecorder } from '../../../src/isolation/warden/event-recorder.ts';
import { FakeApi } from './fake-api.ts';

function recorder() {
  const api = new FakeApi();
  const clock = { now: 0 };
  const told: unknown[] = [];
  const one = new EventRecorder({
    api,
    namespace: 'lethe',
    instance: 'pod_1',
    now: () => clock.now,
    date: () => new Date(1_700_000_000_000 + clock.now),
    told: (outcome) => void told.push(outcome),
  });
  return { api, clock, one, told };
}
const hole = {
  type: 'Warning',
  reason: 'HoleByOthers',
  action: 'Verify',
  note: 'a hole',
  regarding: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    namespace: 'kafka',
    name: 'open',
  },
} as const;

test('an Event is about its object, in its namespace, at a time of six digits', async () => {
  const { api, one } = recorder();
  await one.record(hole);
  const { namespace, body } = api.events[0]!.event;
  assert.equal(namespace, 'kafka');
  assert.equal(body['eventTime'], '2023-11-14T22:13:20.000000Z');
  assert.deepEqual(body['regarding'], hole.regarding);
});

test('what belongs nowhere else is about the namespace of the warden', async () => {
  const { api, one } = recorder();
  await one.record({ ...hole, regarding: null });
  assert.equal(api.events[0]?.event.namespace, 'lethe');
  assert.deepEqual(api.events[0].event.body['regarding'], {
    apiVersion: 'v1',
    kind: 'Namespace',
    namespace: 'lethe',
    name: 'lethe',
  });
});

test('what happens again is one series, told once a minute', async () => {
  const { api, one, clock } = recorder();
  for (let time = 0; time < 10; time += 1) await one.record(hole);
  assert.equal(api.events.length, 1);
  clock.now += 60_000;
  await one.record(hole);
  assert.equal(api.events.length, 2);
  assert.deepEqual(api.events[1]?.event.body, {
    series: { count: 11, lastObservedTime: '2023-11-14T22:14:20.000000Z' },
  });
});

test('a series that the server has forgotten begins anew', async () => {
  const { api, one, clock } = recorder();
  await one.record(hole);
  clock.now += 60_000;
  const { patchEvent } = api;
  api.patchEvent = () => Promise.resolve({ status: 404 });
  await one.record(hole);
  api.patchEvent = patchEvent;
  assert.deepEqual(
    api.events.map(({ how }) => how),
    ['create', 'create'],
  );
});

test('a long note is cut to what the server takes, whatever its letters', async () => {
  const { api, one } = recorder();
  await one.record({ ...hole, note: 'ü'.repeat(5000) });
  const note = api.events[0]?.event.body['note'];
  assert.ok(typeof note === 'string' && Buffer.byteLength(note) <= 1024);
});

test('an Event that is refused is counted and nothing more', async () => {
  const { api, one, told } = recorder();
  api.reachable = false;
  await one.record(hole);
  assert.deepEqual(told, [{ sent: false, status: 0 }]);
});

test('codes become reasons', () => {
  assert.equal(camelCase('HOLE_BY_OTHERS'), 'HoleByOthers');
});
