/**
 * The product on a real Kubernetes with real containers: what the chart installs, with a real Kafka and registry beside it, all pods under PodSecurity
 * `restricted`, policies enforced by a real network plugin.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../rig/ports.ts';
import type { Running } from '../rig/shop/errands.ts';
import { ANYBODY } from '../rig/shop/furnishing.ts';
import {
  broker,
  brokerHost,
  OPEN,
  OPEN_TOPIC,
  orderSchema,
  RAW,
  RAW_TOPIC,
} from '../rig/shop/places.ts';
import { openShop, type Shop } from '../rig/shop/shop.ts';

let shop: Shop;
let producer: Running;
let consumer: Running;

before(
  async () => {
    shop = await openShop();
  },
  { timeout: 540_000 },
);
after(async () => {
  await shop.stop();
});

describe('before the shields are raised', { timeout: 540_000 }, () => {
  it('raw records become sanitized ones', async () => {
    await shop.install({ raised: false });
    consumer = shop.send('lake', {
      name: 'consume',
      servers: [broker(OPEN)],
      topic: OPEN_TOPIC,
      group: 'lake',
    });
    producer = shop.send('crm', {
      name: 'produce',
      servers: [broker(RAW)],
      topic: RAW_TOPIC,
      schema: orderSchema,
      schemaId: shop.schemaId,
      first: 0,
      count: 1_000_000,
      pause: 20,
    });
    await until('sanitized records', () => consumer.words.length >= 100);
    assert.ok(consumer.words.every(({ leaks }) => leaks === false));
  });

  it('a rogue pod reads the raw ones', async () => {
    const { stolen } = await steal();
    assert.ok(stolen >= 100, `${stolen} stolen`);
  });
});

describe('with both shields raised', { timeout: 540_000 }, () => {
  it('helm upgrade raises them while records flow', async () => {
    await shop.install({ raised: true });
    await flowing();
  });

  it('the rogue pod reads nothing any more', async () => {
    await until('the fence', async () => (await steal()).failed !== undefined);
    assert.equal((await steal()).stolen, 0);
  });

  it('helm test finds the brokers out of reach', async () => {
    await shop.cluster.helm(['test', 'lethe', '--namespace', 'lethe', '--timeout', '60s']);
    const said = await shop.cluster.kubectl(['logs', 'lethe-probe', '-n', 'lethe']);
    assert.match(said, /kafka-0\.kafka\.kafka\.svc:9092/);
  });

  it('the cluster is verified', async () => {
    const { code, out, err } = await shop.lethe(
      ...['network', 'verify', '--config', await shop.config(), '--cluster'],
    );
    assert.equal(code, 0, out + err);
    assert.match(out, /^verified \(no findings\)$/m);
  });

  it('the warden puts a deleted policy back', async (t) => {
    const { kubectl, tryKubectl } = shop.cluster;
    const names = await kubectl(['get', 'networkpolicies', '-n', 'kafka', '-o', 'name']);
    for (const name of names.trim().split('\n')) {
      await kubectl(['delete', name, '-n', 'kafka']);
      const gone = performance.now();
      await until(
        'its return',
        async () => (await tryKubectl(['get', name, '-n', 'kafka'])).code === 0,
        { patience: 10_000, pause: 10 },
      );
      t.diagnostic(
        `${name} seen again ${(performance.now() - gone).toFixed(0)} ms after kubectl's answer`,
      );
    }
    assert.equal((await steal()).stolen, 0);
  });

  it('the admission guard refuses a spoofed label, and lets an honest pod in', async () => {
    await shop.cluster.apply(JSON.stringify(developer));
    const labels = {
      'app.kubernetes.io/name': 'lethe',
      'app.kubernetes.io/instance': 'lethe',
      'app.kubernetes.io/component': 'anonymizer',
    };
    const as = ['--as', 'mallory'];
    const create = (pod: object) =>
      shop.cluster.tryKubectl(['create', '-f', '-', ...as], JSON.stringify(pod));
    const spoof = shop.person({ name: 'spoof', namespace: 'lethe', labels });
    const refused = await create(spoof);
    assert.notEqual(refused.code, 0);
    assert.match(refused.err, /ValidatingAdmissionPolicy/);
    const honest = await create(shop.person({ name: 'honest', namespace: 'lethe' }));
    assert.equal(honest.code, 0, honest.err);
    const relabelled = await shop.cluster.tryKubectl([
      ...['label', 'pod', 'honest', '-n', 'lethe', ...as, '--overwrite'],
      ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    ]);
    assert.notEqual(relabelled.code, 0);
    const opened = await shop.cluster.tryKubectl([
      ...['delete', 'networkpolicies', '--all', '-n', 'kafka', ...as],
    ]);
    assert.notEqual(opened.code, 0);
    assert.match(opened.err, /ValidatingAdmissionPolicy/);
  });
});

describe('the life of its pods, while records flow', { timeout: 540_000 }, () => {
  it('scaling to three and a rolling upgrade to a new key', async () => {
    await shop.install({ raised: true, replicas: 3 });
    await flowing();
    await shop.install({ raised: true, replicas: 3, version: '2', currentKey: 'v2' });
    await flowing();
  });

  it('an eviction, of no more pods than the disruption budget allows', async () => {
    const evict = (pod: string) =>
      shop.cluster.tryKubectl(
        ['create', '--raw', `/api/v1/namespaces/lethe/pods/${pod}/eviction`, '-f', '-'],
        JSON.stringify({
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: pod, namespace: 'lethe' },
        }),
      );
    const first = await evict('lethe-anonymizer-1');
    assert.equal(first.code, 0, first.err);
    const second = await evict('lethe-anonymizer-2');
    assert.notEqual(second.code, 0);
    assert.match(second.err, /disruption budget/);
    await ready();
    await flowing();
  });

  it('a death by lack of memory', async () => {
    const pod = 'lethe-anonymizer-0';
    // Many small processes: of all in the container the service is the largest, and the kernel takes that one.
    const small = 'const held = Buffer.alloc(20 << 20, 1); setTimeout(() => held, 30000)';
    const crowd = `for (let i = 0; i < 24; i++) require('node:child_process').spawn(process.execPath, ['-e', '${small}']);`;
    await shop.cluster.tryKubectl(['exec', '-n', 'lethe', pod, '--', '/app/node', '-e', crowd]);
    const state = 'jsonpath={.status.containerStatuses[0].lastState.terminated.reason}';
    await until('the kernel to end it', async () => {
      const { out } = await shop.cluster.tryKubectl([
        'get',
        'pod',
        pod,
        '-n',
        'lethe',
        '-o',
        state,
      ]);
      return out === 'OOMKilled';
    });
    await ready();
    await flowing();
  });

  it('scaling back to one', async () => {
    await shop.install({ raised: true, replicas: 1, version: '2', currentKey: 'v2' });
    await flowing();
  });

  it('nothing was lost, nothing came twice, and each partition kept its order', async (t) => {
    const sent = (await producer.end()).filter((word) => word.sent !== undefined).length;
    const read = () => new Set(consumer.words.map((word) => word.read)).size;
    await until('the last sanitized record', () => read() >= sent);
    await consumer.end();
    const raw = await shop.orders(RAW_TOPIC);
    const open = await shop.orders(OPEN_TOPIC);
    assert.ok([...raw.values()].flat().length >= sent);
    assert.deepEqual(open, raw);
    assert.ok(consumer.words.every(({ leaks }) => leaks === false));
    t.diagnostic(`${[...raw.values()].flat().length} records`);
  });

  it('the auditor has read all of them again, and found no leak', async () => {
    let text = '';
    await until('the auditor to come to the end', async () => {
      text = await shop.metrics('auditor');
      return /^lethe_audit_lag_records\{.*\} 0$/m.test(text);
    });
    assert.match(text, /^lethe_audit_ready 1$/m);
    assert.match(text, /^lethe_audit_records_total\{.*outcome="judged".*\} [1-9]/m);
    assert.doesNotMatch(text, /^lethe_audit_findings_total\{.*\} [1-9]/m);
  });
});

describe('the moment before a policy is in force', { timeout: 540_000 }, () => {
  it('a newborn pod may get out of a namespace where everything is denied', async (t) => {
    const address = await shop.address('kube-system', 'k8s-app=kube-dns');
    const windows: string[] = [];
    const target = { host: address, port: 8181 };
    // Where nothing is denied it gets through to its end.
    assert.ok(((await shop.bear('control', 'playground', target)) ?? 0) > 2500);
    for (const name of ['newborn-1', 'newborn-2', 'newborn-3', 'newborn-4']) {
      const last = await shop.bear(name, 'lethe', target);
      windows.push(last === null ? 'never' : `${last} ms`);
      assert.ok((last ?? 0) < 2500, `${name} was never fenced`);
    }
    t.diagnostic(`got out, for the last time after their start: ${windows.join(', ')}`);
  });

  it('who wins that race reads nothing, once Kafka asks who is there', async (t) => {
    await shop.administer({ name: 'forbid', principal: ANYBODY });
    // A broker that is born anew: its address is in no policy of the enforcer yet.
    const races = Array.from({ length: 4 }, () =>
      shop.send('rogue', {
        name: 'race',
        host: brokerHost(RAW),
        port: 9092,
        patience: 25_000,
      }),
    );
    const thefts = thieves(25_000);
    await shop.cluster.kubectl(['delete', 'pod', `kafka-${RAW}`, '-n', 'kafka']);
    const through = (await Promise.all(races.map((race) => race.ended()))).flat();
    const stolen = await thefts;
    t.diagnostic(
      `got through ${through.reduce((sum, { open = 0 }) => sum + open, 0)} times, stole ${stolen}`,
    );
    assert.equal(stolen, 0);
  });

  it('nor does it without any policy at all', async () => {
    await shop.cluster.helm(['uninstall', 'lethe', '--namespace', 'lethe', '--wait']);
    await shop.cluster.kubectl(['delete', 'networkpolicies', '--all', '-n', 'kafka']);
    const race = () =>
      shop
        .send('rogue', { name: 'race', host: brokerHost(RAW), port: 9092, patience: 500 })
        .ended();
    await until('an open way', async () => ((await race()).at(-1)?.open ?? 0) > 0);
    assert.equal((await steal()).stolen, 0);
  });
});

/** Waits until records pass that were not there yet. */
async function flowing(): Promise<void> {
  const before = consumer.words.length;
  await until('records to flow', () => consumer.words.length > before + 20);
}

async function ready(): Promise<void> {
  await shop.cluster.kubectl([
    ...['rollout', 'status', 'statefulset/lethe-anonymizer', '-n', 'lethe', '--timeout=120s'],
  ]);
}

/** How many raw records the rogue gets hold of. */
async function steal(
  patience = 4000,
): Promise<{ readonly stolen: number; readonly failed?: string }> {
  const words = await shop
    .send('rogue', { name: 'steal', servers: [broker(RAW)], topic: RAW_TOPIC, patience })
    .ended();
  const { stolen = -1, failed } = words.at(-1) ?? {};
  return { stolen, ...(failed === undefined ? {} : { failed }) };
}

/** Tries to read again and again. @returns how many records were stolen in all. */
async function thieves(patience: number): Promise<number> {
  const end = performance.now() + patience;
  let stolen = 0;
  while (performance.now() < end) {
    stolen += (await steal(1500)).stolen;
    await sleep(100);
  }
  return stolen;
}

/** Somebody who may do much in the namespaces, and is none of the guard's administrators. */
const developer = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'mallory' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'mallory' }],
};
