import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AclPoller, type AclPollerOptions } from '../../../src/isolation/warden/acl-poller.ts';
import { until } from '../../rig/ports.ts';
import { lists } from './acl-lists.ts';
import type { AclReplies } from '../../../src/isolation/read-acls.ts';

function started(t: TestContext, options: Partial<AclPollerOptions> = {}) {
  const kafka: { says: () => Promise<AclReplies> } = { says: () => Promise.resolve(new Map()) };
  let asked = 0;
  const poller = new AclPoller({
    read: () => {
      asked++;
      return kafka.says();
    },
    every: () => 5,
    answered: () => undefined,
    patience: 40,
    ...options,
  });
  const stop = new AbortController();
  const running = poller.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  const says = async (...replies: readonly (readonly [string, object])[]): Promise<void> => {
    kafka.says = () => Promise.resolve(new Map(replies) as AclReplies);
    const before = asked;
    await until('two more answers', () => asked > before + 2, { pause: 2 });
  };
  return { poller, kafka, says, asked: () => asked };
}

test('lists are shown by cluster, and the same object as long as they say the same', async (t) => {
  const { poller, says } = started(t);
  await says(['main', lists('User:a')]);
  const before = poller.view?.acls;
  assert.deepEqual(before?.get('main'), lists('User:a'));
  await says(['main', lists('User:a')]);
  assert.equal(poller.view?.acls, before);
  await says(['main', lists('User:b')]);
  assert.deepEqual(poller.view.acls.get('main'), lists('User:b'));
});

test('a cluster that refuses keeps its last lists, takes nothing from the others, and is named', async (t) => {
  const { poller, says } = started(t);
  await says(['main', lists('User:a')], ['other', { code: 'AUTHORIZATION_DENIED' }]);
  await says(['main', { code: 'AUTHORIZATION_DENIED' }], ['other', lists('User:b')]);
  assert.deepEqual(poller.view, {
    acls: new Map([
      ['main', lists('User:a')],
      ['other', lists('User:b')],
    ]),
    problems: ['AUTHORIZATION_DENIED main'],
  });
});

test('a cluster without an authorizer has no lists, whatever it had', async (t) => {
  const { poller, says } = started(t);
  await says(['main', lists('User:a')]);
  await says(['main', { code: 'NO_AUTHORIZER' }]);
  assert.deepEqual(poller.view, {
    acls: new Map([['main', null]]),
    problems: ['NO_AUTHORIZER main'],
  });
});

test('silence is a problem after a while, and a late answer still counts', async (t) => {
  const { poller, kafka } = started(t);
  const { promise, resolve } = Promise.withResolvers<AclReplies>();
  kafka.says = () => promise;
  await until('the problem', () => poller.view?.problems[0] === 'KAFKA_SILENT', { pause: 2 });
  resolve(new Map([['main', lists()]]));
  await until('the answer', () => poller.view?.problems.length === 0, { pause: 2 });
  assert.deepEqual(poller.view?.acls?.get('main'), lists());
});

test('an error of the question itself is a problem with its code', async (t) => {
  const { poller, kafka } = started(t);
  kafka.says = () => Promise.reject(Object.assign(new Error('no'), { code: 'KAFKA_FAILED' }));
  await until('the problem', () => poller.view?.problems[0] === 'KAFKA_FAILED', { pause: 2 });
});

test('none are asked for where the settings say so', async (t) => {
  const { poller, asked } = started(t, { every: () => 0 });
  await until('it to know', () => poller.view !== null, { pause: 2 });
  assert.deepEqual(poller.view, { acls: null, problems: [] });
  assert.equal(asked(), 0);
});
