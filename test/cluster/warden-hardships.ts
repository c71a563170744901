/** What a warden meets in a cluster that is at work: watches that lost their place, others who own its fields, rights that go, ACLs that say more than the map. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import kafkajs, { type Admin } from 'kafkajs';
import { until } from '../rig/ports.ts';
import type { ControlPlane } from '../rig/control-plane.ts';
import { accountFor, isLine, type WardenProcess } from './warden-rig.ts';

export interface Hardships {
  readonly plane: ControlPlane;
  readonly warden: WardenProcess;
  readonly admin: Admin;
  /** The spec of a policy as `namespace/name`; empty where there is none. */
  readonly specOf: (policy: string) => Promise<string>;
}

const DENY = 'kafka/lethe-default-deny';
const INGRESS = 'kafka/lethe-broker-main-11-ingress';

/** `scene` is asked when the tests run; the warden leads, and everything stands. */
export function hardships(scene: () => Hardships): void {
  it('has slept while the API server lost its past: lists anew, repairs what was done to it, opens nothing', async () => {
    const { plane, warden, specOf } = scene();
    const [deny, ingress] = [await specOf(DENY), await specOf(INGRESS)];
    const seen = warden.lines().length;
    const expired = (await warden.metric('lethe_warden_watch_ends_total{why="expired"}')) ?? 0;
    process.kill(warden.process.pid, 'SIGSTOP');
    try {
      await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'lethe-default-deny']);
      await replace(plane, INGRESS, '{"spec":{"ingress":[{}]}}', 'mallory');
      // What a server starts with is all that it remembers: every place of before is too old for it.
      await plane.kill();
      await plane.start();
    } finally {
      process.kill(warden.process.pid, 'SIGCONT');
    }
    await warden.line(
      'the watch to be expired',
      isLine('warden.watch-restarted', {
        resource: 'networkpolicies',
        why: 'expired',
      }),
      seen,
    );
    assert.ok((await warden.metric('lethe_warden_watch_ends_total{why="expired"}'))! > expired);
    await until('both to be repaired', async () => {
      const now = [await specOf(DENY), await specOf(INGRESS)];
      return now[0] === deny && now[1] === ingress;
    });
    const written = warden.lines().slice(seen).filter(isLine('warden.policy-written'));
    assert.deepEqual(
      written.filter(({ action }) => action === 'widen'),
      [],
    );
    await until(
      'everything to be verified',
      async () => (await warden.metric('lethe_warden_verified')) === 1,
    );
  });

  it('takes its fields back from a manager who took them by force, and who meets a conflict without', async () => {
    const { plane, warden, specOf } = scene();
    const before = await specOf(INGRESS);
    const seen = warden.lines().length;
    const wide = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: lethe-broker-main-11-ingress, namespace: kafka }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{}] }
`;
    const gitops = ['--field-manager=gitops'];
    await plane.apply(wide, [...gitops, '--force-conflicts']);
    const line = await warden.line('the repair', isLine('warden.policy-repaired'), seen);
    assert.deepEqual(line.by, ['gitops']);
    assert.equal(await specOf(INGRESS), before);
    const polite = ['apply', '--server-side', '-f', '-', ...gitops];
    const { code, err } = await plane.tryKubectl(polite, wide);
    assert.notEqual(code, 0);
    assert.match(err, /conflicts? with "lethe-warden"/);
    assert.equal(await specOf(INGRESS), before);
  });

  it('says which write it was refused, keeps the rest, and goes on when it may', async () => {
    const { plane, warden, specOf } = scene();
    const before = await specOf('lethe/lethe-default-deny');
    const seen = warden.lines().length;
    await plane.kubectl(['-n', 'lethe', 'delete', 'rolebinding', 'lethe-warden']);
    await plane.kubectl(['-n', 'lethe', 'delete', 'networkpolicy', 'lethe-default-deny']);
    const failed = await warden.line(
      'the refusal',
      isLine('warden.condition', { condition: 'WRITE_FAILED', holds: true }),
      seen,
    );
    assert.match(String(failed.reasons), /NetworkPolicy lethe\/lethe-default-deny/);
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'lethe-default-deny']);
    await until('the other namespace to be repaired', async () => (await specOf(DENY)) !== '');
    await accountFor(plane, 'lethe-warden');
    await warden.line(
      'the end of the condition',
      isLine('warden.condition', { condition: 'WRITE_FAILED', holds: false }),
      seen,
    );
    assert.equal(await specOf('lethe/lethe-default-deny'), before);
    await until('it to lead', async () => (await warden.metric('lethe_warden_leader')) === 1);
  });

  it('finds a principal whom an ACL lets read raw records, and finds it gone', async () => {
    const { warden, admin } = scene();
    const seen = warden.lines().length;
    assert.equal(await warden.metric('lethe_warden_acl_entries'), 0);
    const entry = {
      principal: 'User:mallory',
      host: '*',
      operation: kafkajs.AclOperationTypes.READ,
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
      resourceType: kafkajs.AclResourceTypes.TOPIC,
      resourceName: 'raw.orders',
      resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    };
    await admin.createAcls({ acl: [entry] });
    const excess = { code: 'ACL_EXCESS', subject: 'main User:mallory' };
    await warden.line('the finding', isLine('warden.finding', { state: 'new', ...excess }), seen);
    await until('it to count', async () => (await warden.metric('lethe_warden_verified')) === 0);
    await admin.deleteAcls({ filters: [entry] });
    await warden.line('its end', isLine('warden.finding', { state: 'resolved', ...excess }), seen);
    await until('it to end', async () => (await warden.metric('lethe_warden_verified')) === 1);
  });
}

/** Writes to a policy as `kubectl patch` does. */
async function replace(
  plane: ControlPlane,
  policy: string,
  patch: string,
  manager: string,
): Promise<void> {
  const [namespace = '', name = ''] = policy.split('/');
  await plane.kubectl([
    ...['-n', namespace, 'patch', 'networkpolicy', name, '--type=merge'],
    ...[`--field-manager=${manager}`, '-p', patch],
  ]);
}
