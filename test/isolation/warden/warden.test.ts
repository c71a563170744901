/** The whole warden against an API server in memory. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Warden } from '../../../src/isolation/warden/warden.ts';
import { until } from '../../rig/ports.ts';
import { FakeApi, managed } from './fake-api.ts';
import { lists } from './acl-lists.ts';
import { asked, declared, first, second, settings, withoutCrm } from './warden-world.ts';
import type { AclReplies } from '../../../src/isolation/read-acls.ts';
import type { KafkaSnapshot } from '../../../src/isolation/topology/snapshot.ts';
import type { WardenEvent, WardenTelemetry } from '../../../src/isolation/warden/warden-event.ts';
import type { WardenSettings } from '../../../src/isolation/warden/settings.ts';

const timing = { duration: 600, renewDeadline: 400, retry: 50 };
const policies = 'networkpolicies.networking.k8s.io';
const deny = 'kafka/lethe-default-deny';

function started(
  t: TestContext,
  {
    api = new FakeApi(),
    holder = 'one',
    change = {},
  }: { api?: FakeApi; holder?: string; change?: Partial<WardenSettings> } = {},
) {
  const kafka: { snapshot: KafkaSnapshot | null } = { snapshot: first };
  const acls: { replies: AclReplies } = { replies: new Map() };
  const events: WardenEvent[] = [];
  const told: string[] = [];
  const telemetry = new Proxy({} as WardenTelemetry, {
    get:
      (_target, name) =>
      (...parts: unknown[]) => {
        if (name === 'event') events.push(parts[0] as WardenEvent);
        else told.push(`${String(name)} ${JSON.stringify(parts)}`);
      },
  });
  const config = { declared, settings: { ...settings, poll: 30, settle: 300, ...change } };
  const warden = new Warden({
    api: () => api,
    config,
    lease: { namespace: 'lethe', name: 'lethe-warden' },
    holder,
    pod: null,
    read: () =>
      kafka.snapshot === null
        ? Promise.reject(Object.assign(new Error('away'), { code: 'BROKER_UNREACHABLE' }))
        : Promise.resolve(structuredClone(kafka.snapshot)),
    readAcls: () => Promise.resolve(acls.replies),
    telemetry,
    timing,
  });
  const stop = new AbortController();
  const running = warden.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  const when = (what: string, met: () => boolean): Promise<void> =>
    until(what, met, { patience: 10_000, pause: 5 });
  const stands = (snapshot: KafkaSnapshot, by = declared): Promise<void> =>
    when('the set', () => {
      const wanted = asked(snapshot, by);
      return (
        api.policies().length === Object.keys(wanted).length &&
        api.policies().every((key) => {
          const spec = JSON.stringify(api.policy(key)?.['spec']);
          return spec === JSON.stringify(wanted[`NetworkPolicy ${key}`]);
        })
      );
    });
  const holds = (condition: string, yes = true): Promise<void> =>
    when(
      condition,
      () => (warden.status().conditions as ReadonlyMap<string, unknown>).has(condition) === yes,
    );
  return { api, warden, acls, kafka, events, told, config, stop, running, when, stands, holds };
}

test('a set is written, followed through a move, and the Lease is given back', async (t) => {
  const { api, kafka, stands, events, stop, running, warden } = started(t);
  await stands(first);
  assert.ok(warden.status().ready);
  kafka.snapshot = second;
  await stands(second);
  const writes = events.flatMap((one) =>
    one.event === 'warden.policy-written' ? [one.action] : [],
  );
  assert.ok(writes.lastIndexOf('widen') < writes.indexOf('narrow'));
  stop.abort();
  await running;
  assert.equal(api.lease?.record.holder, '');
  assert.deepEqual(events.at(-1), { event: 'warden.stopped', released: true });
});

test('what somebody changes is put back and told as an Event', async (t) => {
  const { api, stands, when } = started(t);
  await stands(first);
  const before = api.policy(deny)!;
  api.put(policies, deny, {
    ...before,
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
    metadata: { ...(before['metadata'] as object), managedFields: [managed('mallory')] },
  });
  await stands(first);
  await when('the Event', () =>
    api.events.some(({ event }) => JSON.stringify(event.body).includes('mallory')),
  );
});

test('while Kafka is away repairs go on, and all else waits until it is back', async (t) => {
  const { api, kafka, warden, config, stands, holds } = started(t);
  await stands(first);
  kafka.snapshot = null;
  await holds('KAFKA_UNREACHABLE');
  warden.configure({ ...config, declared: withoutCrm });
  api.delete(policies, deny);
  await stands(first);
  kafka.snapshot = first;
  await holds('KAFKA_UNREACHABLE', false);
  await stands(first, withoutCrm);
});

test('a refused configuration is a condition until the next good one', async (t) => {
  const { warden, config, kafka, stands, holds, api } = started(t);
  await stands(first);
  warden.refuseConfig('CONFIG_INVALID');
  await holds('CONFIG_INVALID');
  kafka.snapshot = second;
  const calls = api.calls.filter((call) => call.startsWith('apply')).length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(api.calls.filter((call) => call.startsWith('apply')).length, calls);
  warden.configure(config);
  await stands(second);
});

test('a right that is missing freezes everything and is named', async (t) => {
  const api = new FakeApi();
  api.forbidden.add('services');
  const { warden, holds } = started(t, { api });
  await holds('CLUSTER_FORBIDDEN');
  assert.deepEqual(warden.status().conditions.get('CLUSTER_FORBIDDEN'), ['services']);
  assert.deepEqual(api.policies(), []);
});

test('a server that goes away and comes back without its past is followed again', async (t) => {
  const { api, kafka, stands, holds } = started(t);
  await stands(first);
  api.reachable = false;
  api.hangUp();
  await holds('CLUSTER_UNREADABLE');
  api.delete(policies, deny);
  api.forgotten = api.version + 1;
  api.version += 10;
  kafka.snapshot = second;
  api.reachable = true;
  await stands(second);
});

test('a policy that the server refuses is a condition, and tried again', async (t) => {
  const api = new FakeApi();
  api.refuseWrite = (name) => (name === 'lethe-anonymizer-egress' ? 422 : null);
  const { stands, holds } = started(t, { api });
  await holds('WRITE_FAILED');
  api.refuseWrite = () => null;
  await stands(first);
  await holds('WRITE_FAILED', false);
});

test('a mutating webhook is found out', async (t) => {
  const api = new FakeApi();
  api.mutate = (object) => ({ ...object, spec: { ...(object['spec'] as object), egress: [{}] } });
  const { holds, warden } = started(t, { api });
  await holds('WRITE_FAILED');
  assert.match(String(warden.status().conditions.get('WRITE_FAILED')), /WARDEN_WRITE_ALTERED/);
});

test('in mode observe nothing is written, and what would be is told', async (t) => {
  const { api, when, events } = started(t, { change: { mode: 'observe' } });
  await when('pending policies', () =>
    events.some(({ event }) => event === 'warden.policy-pending'),
  );
  assert.deepEqual(api.policies(), []);
});

test('of two wardens one writes, and the other goes on when it ends', async (t) => {
  const api = new FakeApi();
  const one = started(t, { api });
  await one.stands(first);
  const other = started(t, { api, holder: 'other' });
  await other.when('to follow', () =>
    other.events.some(({ event }) => event === 'warden.following'),
  );
  await other.when('to see', () => other.warden.status().ready);
  one.stop.abort();
  await one.running;
  other.kafka.snapshot = second;
  await other.stands(second);
});

test('a Lease that may not be read is a condition, and nothing is written', async (t) => {
  const api = new FakeApi();
  api.readLease = () =>
    Promise.reject(Object.assign(new Error('no'), { code: 'WARDEN_LEASE_REFUSED' }));
  const { holds } = started(t, { api });
  await holds('LEASE_FAILED');
  assert.deepEqual(api.policies(), []);
});

test("somebody else's hole is found, told, and found to be gone", async (t) => {
  const api = new FakeApi();
  api.put('pods', 'kafka/kafka-0', {
    metadata: { labels: { 'statefulset.kubernetes.io/pod-name': 'kafka-0' } },
    spec: { containers: [{ name: 'main', image: 'none' }] },
  });
  const { stands, when, events } = started(t, { api });
  await stands(first);
  api.put(policies, 'kafka/open', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
  });
  const told = (state: string) => (): boolean =>
    events.some(
      (one) =>
        one.event === 'warden.finding' && one.state === state && one.code === 'HOLE_BY_OTHERS',
    );
  await when('the finding', told('new'));
  assert.ok(api.policies().includes('kafka/open'));
  api.delete(policies, 'kafka/open');
  await when('its end', told('resolved'));
});

test("what Kafka's authorizer allows is verified beside the policies, and not believed to be closed while nobody can tell", async (t) => {
  const api = new FakeApi();
  api.put('pods', 'kafka/kafka-0', {
    metadata: { labels: { 'statefulset.kubernetes.io/pod-name': 'kafka-0' } },
    spec: { containers: [{ name: 'main', image: 'none' }] },
  });
  const { acls, stands, holds, when, events, told, warden } = started(t, {
    api,
    change: { acls: 20 },
  });
  const tells = (state: string): boolean =>
    events.some(
      (one) => one.event === 'warden.finding' && one.state === state && one.code === 'ACL_EXCESS',
    );
  acls.replies = new Map([['main', lists('User:mallory')]]);
  await stands(first);
  await when('the finding', () => tells('new'));
  assert.ok(told.includes('acls [1]'));
  acls.replies = new Map([['main', { code: 'AUTHORIZATION_DENIED' }]]);
  await holds('ACLS_UNKNOWN');
  assert.deepEqual(warden.status().conditions.get('ACLS_UNKNOWN'), ['AUTHORIZATION_DENIED main']);
  assert.equal(tells('resolved'), false);
  acls.replies = new Map([['main', lists()]]);
  await holds('ACLS_UNKNOWN', false);
  await when('its end', () => tells('resolved'));
  const conditions = events.filter(
    (one) => one.event === 'warden.condition' && one.condition === 'ACLS_UNKNOWN',
  );
  assert.equal(conditions.length, 2);
});
