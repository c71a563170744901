import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiServer } from '../../src/isolation/cluster/api-server.ts';
import { loadKubeConfig } from '../../src/isolation/cluster/kube-config.ts';
import { builtIn } from '../../src/isolation/cluster/resources.ts';
import { watch } from '../../src/isolation/cluster/watch.ts';
import { startControlPlane, type ControlPlane } from '../rig/control-plane.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { until } from '../rig/ports.ts';
import { scratch } from '../rig/scratch.ts';
import { hardships } from './warden-hardships.ts';
import {
  accountFor,
  adminOf,
  authorizing,
  configText,
  createTopics,
  isLine,
  moveRaw,
  people,
  startWarden,
  stopWardens,
  type WardenProcess,
} from './warden-rig.ts';
import type { Admin } from 'kafkajs';

const files = scratch('warden');
const config = join(files.path, 'lethe.yaml');
let plane: ControlPlane;
let kafka: Kafka;
let admin: Admin;
let account: string;
let warden: WardenProcess;

before(async () => {
  [plane, kafka] = await Promise.all([
    startControlPlane({ controllers: false }),
    startKafka({ brokers: 3, heap: 256, properties: authorizing }),
  ]);
  admin = await adminOf(kafka.bootstrapServers);
  await createTopics(admin);
  await plane.apply(people());
  account = await accountFor(plane, 'lethe-warden');
  mkdirSync(join(files.path, 'keys'));
  writeFileSync(config, configText(kafka.bootstrapServers));
});
after(async () => {
  await stopWardens();
  await admin.disconnect();
  await Promise.all([plane.stop(), kafka.stop()]);
  files.remove();
});

const specOf = async (policy: string): Promise<string> => {
  const [namespace = '', name = ''] = policy.split('/');
  const { code, out } = await plane.tryKubectl([
    ...['-n', namespace, 'get', 'networkpolicy', name, '-o', 'jsonpath={.spec}'],
  ]);
  return code === 0 ? out : '';
};

/** Whether a broker lets the producer of raw records in. */
const letsIn = async (broker: number, who = 'crm'): Promise<boolean> =>
  (await specOf(`kafka/lethe-broker-main-${broker}-ingress`)).includes(`"app":"${who}"`);

const policies = async (): Promise<string> =>
  plane.kubectl([
    ...['get', 'networkpolicy', '-A', '--sort-by=.metadata.name'],
    ...[
      '-o',
      'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.metadata.generation}{"\\n"}{end}',
    ],
  ]);

const eventsIn = async (namespace: string): Promise<string> =>
  plane.kubectl([
    '-n',
    namespace,
    'get',
    'events.events.k8s.io',
    '-o',
    'jsonpath={range .items[*]}{.reason} {.note}{"\\n"}{end}',
  ]);

describe('one warden', { timeout: 600_000 }, () => {
  it('writes the whole set with the documented rights alone, and verifies it', async () => {
    warden = await startWarden({ config, kubeconfig: account, log: join(files.path, 'first.log') });
    await warden.line(
      'the default deny of kafka',
      isLine('warden.policy-written', {
        action: 'deny',
        policy: 'NetworkPolicy kafka/lethe-default-deny',
      }),
    );
    assert.equal(await letsIn(11), true);
    assert.equal(await letsIn(12), false);
    await until(
      'everything to be verified',
      async () => (await warden.metric('lethe_warden_verified')) === 1,
    );
    assert.equal(await warden.metric('lethe_warden_leader'), 1);
    const refused = warden.lines().filter(({ event }) => /failed|refused/.test(event));
    assert.deepEqual(refused, []);
  });

  it('follows a partition in less than five seconds: wider at once, narrower when it has settled', async (t) => {
    const seen = warden.lines().length;
    const began = performance.now();
    await moveRaw(admin, 13);
    await until('broker 13 to let the producer in', () => letsIn(13), {
      patience: 10_000,
      pause: 50,
    });
    const took = performance.now() - began;
    t.diagnostic(`${Math.round(took)} ms from the reassignment to the new policy`);
    assert.ok(took < 5000, `${took} ms`);
    assert.equal(await letsIn(11), true, 'the old way is still open');
    await until('broker 11 to let nobody in', async () => !(await letsIn(11)), {
      patience: 30_000,
    });
    assert.ok(performance.now() - began >= 4000, 'not before it has settled');
    const written = warden.lines().slice(seen).filter(isLine('warden.policy-written'));
    const actions = written.map(({ action }) => action);
    assert.ok(actions.includes('widen') && actions.includes('narrow'), actions.join());
    assert.ok(actions.indexOf('narrow') > actions.lastIndexOf('widen'), actions.join());
  });

  it('puts back a policy that somebody deletes, and tells', async (t) => {
    const seen = warden.lines().length;
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'lethe-default-deny']);
    const deleted = performance.now();
    const line = await warden.line('the repair', isLine('warden.policy-repaired'), seen);
    t.diagnostic(`${Math.round(performance.now() - deleted)} ms from the deletion to the repair`);
    assert.equal(line.policy, 'NetworkPolicy kafka/lethe-default-deny');
    assert.equal(line.damage, 'deleted');
    assert.notEqual(await specOf('kafka/lethe-default-deny'), '');
    await until('the Event', async () => (await eventsIn('kafka')).includes('PolicyRepaired'));
    assert.equal(await warden.metric('lethe_warden_repairs_total{damage="deleted"}'), 1);
  });

  it('puts back a policy that somebody widens, and tells who it was', async () => {
    const before = await specOf('kafka/lethe-broker-main-13-ingress');
    const seen = warden.lines().length;
    await plane.kubectl([
      ...['-n', 'kafka', 'patch', 'networkpolicy', 'lethe-broker-main-13-ingress', '--type=merge'],
      ...['--field-manager=mallory', '-p', '{"spec":{"ingress":[{}],"egress":[{}]}}'],
    ]);
    const line = await warden.line('the repair', isLine('warden.policy-repaired'), seen);
    assert.equal(line.damage, 'changed');
    assert.deepEqual(line.by, ['mallory']);
    assert.equal(await specOf('kafka/lethe-broker-main-13-ingress'), before);
    await until('the Event', async () => (await eventsIn('kafka')).includes('"mallory"'));
  });

  it("leaves somebody else's hole alone and reports it until it is closed", async () => {
    const hole = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: open, namespace: kafka }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{}] }
`;
    const seen = warden.lines().length;
    await plane.apply(hole);
    const found = await warden.line(
      'the finding',
      isLine('warden.finding', { state: 'new', code: 'HOLE_BY_OTHERS' }),
      seen,
    );
    assert.deepEqual(found.policies?.includes('NetworkPolicy kafka/open'), true);
    assert.equal(await warden.metric('lethe_warden_verified'), 0);
    await until('the Event', async () => (await eventsIn('kafka')).includes('HoleByOthers'));
    assert.notEqual(await specOf('kafka/open'), '');
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'open']);
    await until(
      'everything to be verified',
      async () => (await warden.metric('lethe_warden_verified')) === 1,
    );
  });

  it('opens nothing while a changed configuration is refused', async () => {
    const seen = warden.lines().length;
    const before = await policies();
    writeFileSync(config, `${configText(kafka.bootstrapServers)}nonsense: true\n`);
    await warden.line(
      'the condition',
      isLine('warden.condition', { condition: 'CONFIG_INVALID', holds: true }),
      seen,
    );
    await moveRaw(admin, 11);
    await sleep(4000);
    assert.equal(await policies(), before);
    writeFileSync(config, configText(kafka.bootstrapServers));
    await warden.line(
      'the end of the condition',
      isLine('warden.condition', { condition: 'CONFIG_INVALID', holds: false }),
      seen,
    );
    await until('broker 11 to let the producer in', () => letsIn(11));
    await until('broker 13 to let nobody in', async () => !(await letsIn(13)));
  });

  it('opens nothing while raw and sanitized topics share a broker', async () => {
    const seen = warden.lines().length;
    const before = await policies();
    await moveRaw(admin, 12);
    const line = await warden.line(
      'the condition',
      isLine('warden.condition', { condition: 'PLACEMENT_REFUSED', holds: true }),
      seen,
    );
    assert.ok(line.reasons?.includes('BROKER_SHARED main/12'), line.reasons?.join());
    assert.equal(await policies(), before);
    await moveRaw(admin, 11);
    await warden.line(
      'the end of the condition',
      isLine('warden.condition', { condition: 'PLACEMENT_REFUSED', holds: false }),
      seen,
    );
  });

  it('opens nothing while Kafka is away, repairs all the same, and recovers', async () => {
    const seen = warden.lines().length;
    await until(
      'the policies to settle',
      async () =>
        (await warden.metric('lethe_warden_policies{state="pending"}')) === 0 &&
        (await warden.metric('lethe_warden_transition')) === 0,
    );
    const before = await policies();
    await Promise.all([11, 12, 13].map((id) => kafka.kill(id)));
    await warden.line(
      'the condition',
      isLine('warden.condition', { condition: 'KAFKA_UNREACHABLE', holds: true }),
      seen,
    );
    const partner =
      '    - { name: partner, workload: { namespace: shop, podSelector: { app: web } }, produces: [raw.orders] }\n';
    writeFileSync(config, configText(kafka.bootstrapServers, partner));
    await warden.line('the reload', isLine('config.reloaded'), seen);
    await plane.kubectl(['-n', 'lethe', 'delete', 'networkpolicy', 'lethe-default-deny']);
    await warden.line('the repair', isLine('warden.policy-repaired'), seen);
    assert.equal(await policies(), before, 'names and generations are the same');
    await warden.line(
      'the answer to be too old',
      isLine('warden.condition', { condition: 'PLACEMENT_STALE', holds: true }),
      seen,
    );
    assert.equal(await letsIn(11, 'web'), false);
    await Promise.all([11, 12, 13].map((id) => kafka.start(id)));
    await warden.line(
      'the end of the condition',
      isLine('warden.condition', { condition: 'KAFKA_UNREACHABLE', holds: false }),
      seen,
      120_000,
    );
    await until('the new client to be let in', () => letsIn(11, 'web'));
    writeFileSync(config, configText(kafka.bootstrapServers));
    await until('the client to be shut out again', async () => !(await letsIn(11, 'web')));
  });

  it('takes up its watches after the API server was gone', async () => {
    const seen = warden.lines().length;
    await plane.kill();
    await warden.line(
      'the condition',
      isLine('warden.condition', { condition: 'CLUSTER_UNREADABLE', holds: true }),
      seen,
    );
    await warden.line('the Lease to be lost', isLine('warden.lease-failed'), seen);
    await plane.start();
    await warden.line(
      'the end of the condition',
      isLine('warden.condition', { condition: 'CLUSTER_UNREADABLE', holds: false }),
      seen,
      120_000,
    );
    await until('it to lead again', async () => (await warden.metric('lethe_warden_leader')) === 1);
    const after = warden.lines().length;
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'lethe-default-deny']);
    await warden.line('the repair', isLine('warden.policy-repaired'), after);
  });

  hardships(() => ({ plane, warden, admin, specOf }));
});

describe('a watch', { timeout: 60_000 }, () => {
  it('from a place that a real server has forgotten is expired', async () => {
    const { signal } = new AbortController();
    const server = new ApiServer(loadKubeConfig({ kubeconfig: account, context: null }));
    const kinds: string[] = [];
    for await (const { kind } of watch(server, builtIn.networkPolicies, '1', {
      signal,
      seconds: 5,
    }))
      kinds.push(kind);
    assert.equal(kinds.at(-1), 'expired', kinds.join());
  });
});

describe('a warden with too few rights', { timeout: 300_000 }, () => {
  it('writes nothing, says what it lacks, and recovers when it may', async () => {
    await warden.process.stop();
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', '--all']);
    const poor = await accountFor(plane, 'poor', ['pods']);
    const one = await startWarden({ config, kubeconfig: poor, log: join(files.path, 'poor.log') });
    try {
      const line = await one.line(
        'the condition',
        isLine('warden.condition', { condition: 'CLUSTER_FORBIDDEN', holds: true }),
      );
      assert.deepEqual(line.reasons, ['pods']);
      await one.line('it to lead', isLine('warden.leading'));
      await sleep(3000);
      assert.equal(await plane.kubectl(['-n', 'kafka', 'get', 'networkpolicy', '-o', 'name']), '');
      await accountFor(plane, 'poor');
      await one.line(
        'the set',
        isLine('warden.policy-written', {
          action: 'deny',
          policy: 'NetworkPolicy kafka/lethe-default-deny',
        }),
      );
    } finally {
      await one.process.stop();
    }
  });

  it('only tells what it would write in mode observe', async () => {
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'lethe-default-deny']);
    const one = await startWarden({
      config,
      kubeconfig: account,
      log: join(files.path, 'observe.log'),
      mode: 'observe',
    });
    try {
      await one.line(
        'what it would write',
        isLine('warden.policy-pending', { policy: 'NetworkPolicy kafka/lethe-default-deny' }),
      );
      await one.line(
        'the finding',
        isLine('warden.finding', { state: 'new', code: 'NAMESPACE_UNPROTECTED' }),
      );
      assert.equal(await specOf('kafka/lethe-default-deny'), '');
    } finally {
      await one.process.stop();
    }
  });
});

describe('two wardens', { timeout: 300_000 }, () => {
  let one: WardenProcess;
  let other: WardenProcess;
  const second = (): Promise<WardenProcess> =>
    startWarden({ config, kubeconfig: account, log: join(files.path, `${Math.random()}.log`) });

  const seesAll = (watching: WardenProcess): Promise<void> =>
    until(
      'it to see the policies that stand',
      async () => ((await watching.metric('lethe_warden_policies{state="enforced"}')) ?? 0) > 0,
    );

  it('one acts and the other watches', async () => {
    one = await second();
    await one.line('it to lead', isLine('warden.leading'));
    other = await second();
    await other.line('it to follow', isLine('warden.following'));
    await seesAll(other);
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'lethe-default-deny']);
    await one.line('the repair', isLine('warden.policy-repaired'));
    assert.deepEqual(
      other.lines().filter(({ event }) => /policy-(written|repaired)/.test(event)),
      [],
    );
  });

  it('a Lease that is given back is taken at once', async () => {
    const began = performance.now();
    await one.process.stop();
    assert.equal(one.lines().find(isLine('warden.stopped'))?.released, true);
    await other.line('the other to lead', isLine('warden.leading'));
    assert.ok(performance.now() - began < 10_000);
  });

  it('a warden that dies is replaced when its Lease is over', async () => {
    const third = await second();
    await third.line('it to follow', isLine('warden.following'));
    await seesAll(third);
    const began = performance.now();
    await other.process.kill();
    await plane.kubectl(['-n', 'kafka', 'delete', 'networkpolicy', 'lethe-default-deny']);
    await third.line('it to lead', isLine('warden.leading'));
    assert.ok(performance.now() - began > 10_000, 'not while the other might still act');
    await third.line('the repair', isLine('warden.policy-repaired'));
    await third.process.stop();
  });
});
