import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtIn } from '../../../src/isolation/cluster/resources.ts';
import { ResourceMirror } from '../../../src/isolation/warden/resource-mirror.ts';
import { until } from '../../rig/ports.ts';
import { FakeApi } from './fake-api.ts';

const pods = (count: number): Record<string, unknown> => ({ spec: { count } });

function mirrored(t: TestContext) {
  const api = new FakeApi();
  api.put('pods', 'a/one', pods(1));
  const ends: string[] = [];
  let changes = 0;
  const mirror = new ResourceMirror({
    api,
    resource: builtIn.pods,
    changed: () => {
      changes += 1;
    },
    ended: (_resource, why) => void ends.push(why),
  });
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  const is = (kind: string): Promise<void> =>
    until(kind, () => mirror.state.kind === kind, { patience: 5000, pause: 5 });
  const specs = (): readonly unknown[] => [...mirror.objects()].map(({ spec }) => spec);
  return { api, mirror, ends, is, specs, changes: () => changes };
}

test('what is listed and what happens after it are mirrored', async (t) => {
  const { api, is, specs } = mirrored(t);
  await is('current');
  assert.deepEqual(specs(), [{ count: 1 }]);
  api.put('pods', 'a/two', pods(2));
  api.put('pods', 'a/one', pods(3));
  await until('both', () => specs().length === 2);
  assert.deepEqual(specs(), [{ count: 3 }, { count: 2 }]);
  api.delete('pods', 'a/one');
  await until('one', () => specs().length === 1);
});

test('a watch that lost its place is begun again with a list', async (t) => {
  const { api, is, ends, specs } = mirrored(t);
  await is('current');
  api.put('pods', 'a/two', pods(2));
  for (const { push } of api.watchers) push({ kind: 'expired' });
  api.delete('pods', 'a/one');
  await until('the new list', () => ends.includes('expired') && specs().length === 1);
  assert.equal(api.calls.filter((call) => call === 'list pods').length, 2);
  await is('current');
});

test('while the server is away the mirror says so, keeps what it saw, and recovers', async (t) => {
  const { api, is, mirror, specs } = mirrored(t);
  await is('current');
  api.reachable = false;
  api.hangUp();
  await is('broken');
  assert.deepEqual(mirror.state, { kind: 'broken', code: 'KUBERNETES_UNREACHABLE' });
  assert.equal(specs().length, 1);
  api.reachable = true;
  await is('current');
});

test('rights to list without rights to watch are not enough', async (t) => {
  const { api, is } = mirrored(t);
  api.watch = async function* refused() {
    await Promise.resolve();
    yield { kind: 'refused', status: 403, reason: 'forbidden' };
  };
  await is('forbidden');
  await sleep(50);
  assert.equal(api.calls.filter((call) => call === 'list pods').length, 1, 'it waits');
});

test('an older word about an object does not undo a newer one', async (t) => {
  const { api, is, mirror, specs } = mirrored(t);
  await is('current');
  const old = { metadata: { namespace: 'a', name: 'one', resourceVersion: '9' }, ...pods(7) };
  mirror.put({ metadata: { namespace: 'a', name: 'one', resourceVersion: '100' }, ...pods(5) });
  for (const { push } of api.watchers) push({ kind: 'present', object: old, resourceVersion: '9' });
  await sleep(20);
  assert.deepEqual(specs(), [{ count: 5 }]);
});
