import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolicyWriter } from '../../../src/isolation/warden/policy-writer.ts';
import { livePolicy } from '../../../src/isolation/warden/policy-objects.ts';
import { FakeApi } from './fake-api.ts';
import { first, World } from './warden-world.ts';
import type { Done } from '../../../src/isolation/warden/enforcement.ts';
import type { Stage, Step } from '../../../src/isolation/warden/decision.ts';

function writer() {
  const api = new FakeApi();
  const told: string[] = [];
  const done: Done[] = [];
  const state = { leads: true };
  const one = new PolicyWriter({
    api,
    leads: () => state.leads,
    telemetry: {
      event: (event) => void told.push(event.event),
      wrote: (action, outcome) => void told.push(`${action} ${outcome}`),
      repaired: (damage) => void told.push(damage),
    },
    wrote: () => undefined,
    removed: () => undefined,
    done: (step) => void done.push(step),
  });
  return { api, told, done, state, one };
}

/** The stages of a first set. */
function stages(): readonly Stage[] {
  const world = new World();
  world.see({ placement: world.answer(first) });
  return world.judge().stages;
}

const applied = (all: readonly Stage[]): readonly Extract<Step, { kind: 'apply' }>[] =>
  all.flatMap(({ steps }) => steps).filter((step) => step.kind === 'apply');

test('every stage is done before the next one begins', async () => {
  const { api, one, done } = writer();
  const all = stages();
  assert.deepEqual(await one.write(all), []);
  const calls = api.calls.filter((call) => call.startsWith('apply'));
  assert.ok(calls.slice(-2).every((call) => call === 'apply lethe-default-deny'));
  assert.equal(done.length, applied(all).length);
});

test('a stage with a refused policy is the last one, and says which and why', async () => {
  const { api, one } = writer();
  api.refuseWrite = (name) => (name === 'lethe-anonymizer-egress' ? 403 : null);
  assert.deepEqual(await one.write(stages()), [
    'HTTP_403 NetworkPolicy lethe/lethe-anonymizer-egress',
  ]);
  assert.ok(!api.policies().some((name) => name.endsWith('default-deny')));
});

test('a repair that fails holds up nothing', async () => {
  const { api, one } = writer();
  api.refuseWrite = (name) => (name === 'lethe-anonymizer-egress' ? 422 : null);
  const [widen, deny] = stages();
  const broken = widen!.steps.filter(
    (step) => step.kind === 'apply' && step.wanted.name === 'lethe-anonymizer-egress',
  );
  const failed = await one.write([{ name: 'repair', steps: broken }, deny!]);
  assert.equal(failed.length, 1);
  assert.ok(api.policies().includes('kafka/lethe-default-deny'));
});

test('nothing is written once the Lease is lost', async () => {
  const { api, one, state } = writer();
  state.leads = false;
  await one.write(stages());
  assert.deepEqual(api.policies(), []);
});

test('members that others added to a policy are taken away', async () => {
  const { api, one, done } = writer();
  const all = stages();
  await one.write(all);
  const before = api.policy('kafka/lethe-default-deny')!;
  api.put('networkpolicies.networking.k8s.io', 'kafka/lethe-default-deny', {
    ...before,
    spec: { ...(before['spec'] as object), ingress: [{}] },
  });
  done.length = 0;
  await one.write(all.filter(({ name }) => name === 'deny'));
  assert.deepEqual(api.policy('kafka/lethe-default-deny')?.['spec'], {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
  assert.equal(done.length, 2);
});

test('a server that makes something else of a policy is told of, and the policy does not count as enforced', async () => {
  const { api, one, done } = writer();
  api.mutate = (object) => ({ ...object, spec: { ...(object['spec'] as object), ingress: [{}] } });
  const failed = await one.write(stages().filter(({ name }) => name === 'deny'));
  assert.ok(failed.every((line) => line.startsWith('WARDEN_WRITE_ALTERED')));
  assert.equal(failed.length, 2);
  assert.deepEqual(done, []);
});

test('a policy that changed since it was judged is not pruned', async () => {
  const { api, one, told } = writer();
  const old = api.put('networkpolicies.networking.k8s.io', 'kafka/lethe-old', { spec: {} });
  api.put('networkpolicies.networking.k8s.io', 'kafka/lethe-old', { spec: { podSelector: {} } });
  const live = livePolicy(old);
  await one.write([{ name: 'prune', steps: [{ kind: 'prune', key: 'x', live }] }]);
  assert.deepEqual(api.policies(), ['kafka/lethe-old']);
  assert.deepEqual(told, ['prune conflict']);
});

test('a server that can not be reached is a failure, and no end', async () => {
  const { api, one } = writer();
  api.reachable = false;
  const failed = await one.write(stages());
  assert.ok(failed.every((line) => line.startsWith('KUBERNETES_UNREACHABLE')));
});
