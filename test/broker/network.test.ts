import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Connection, FindCoordinatorKeyTypes, findCoordinatorV6 } from '@platformatic/kafka';
import type { Admin } from 'kafkajs';
import { coordinatorOf } from '../../src/isolation/topology/coordinators.ts';
import { parseSnapshot, type KafkaSnapshot } from '../../src/isolation/topology/snapshot.ts';
import { lethe } from '../cli/lethe.ts';
import { configHead } from '../cli/network-scene.ts';
import { createTopics, outsideClient } from '../rig/client.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { until } from '../rig/ports.ts';
import { scratch } from '../rig/scratch.ts';

const files = scratch('network');
const config = join(files.path, 'lethe.yaml');
/** Nobody is there: only what a map needs is asked. */
const registry = 'http://127.0.0.1:1';
const saved = join(files.path, 'snapshot.json');
let kafka: Kafka;
let admin: Admin;

before(async () => {
  kafka = await startKafka({ brokers: 3 });
  const client = outsideClient(kafka.bootstrapServers);
  await createTopics(client, [
    placed('raw.orders', [11]),
    placed('public.orders', [12, 13], [13, 12]),
    placed('lethe.quarantine', [12]),
  ]);
  admin = client.admin();
  await admin.connect();
  // The first question makes the broker create its internal topics.
  for (const kind of ['group', 'transaction'] as const)
    await until(`coordinators of a ${kind}`, () =>
      coordinators(kind, ['x']).then(
        () => true,
        () => false,
      ),
    );
  const [raw] = kafka.brokers;
  writeFileSync(
    config,
    `${configHead({ kafka: `{ bootstrapServers: ['${raw!.host}:${raw!.port}'] }`, registry })}
isolation:
  mode: brokers
  anonymizer: { namespace: lethe, podSelector: { app: lethe } }
  brokers: { main: { namespace: kafka, pods: statefulset/kafka, firstNodeId: 11, port: 9093, controllers: { port: 9095 } } }
  clients:
    - name: lake
      workload: { namespace: lake, podSelector: { app: lake } }
      consumes: [public.orders]
      groups: [lake]
  dns: { namespace: kube-system, podSelector: { k8s-app: kube-dns } }
`,
  );
});
after(async () => {
  await admin.disconnect();
  await kafka.stop();
  files.remove();
});

describe('the map of a live cluster of three', { timeout: 240_000 }, () => {
  it('tells raw brokers from open ones, and finds the coordinator of an outside group on a raw one', async () => {
    const { standings, codes, code } = await mapped();
    assert.deepEqual(standings, ['main/11 raw', 'main/12 open', 'main/13 open']);
    assert.deepEqual(codes, ['COORDINATOR_ON_RAW client lake']);
    const leader = await coordinators('group', ['lake']);
    assert.equal(code, leader[0] === 11 ? 1 : 0);
  });

  it('knows the coordinator of every name as the brokers do', async () => {
    const snapshot = await taken();
    const names = Array.from({ length: 40 }, (_, at) => `name-${at * 7919}-\u00e9`);
    for (const kind of ['group', 'transaction'] as const) {
      const expected = await coordinators(kind, names);
      const found = names.map(
        (name) => coordinatorOf(kind, name, snapshot.clusters['main']!)?.leader,
      );
      assert.deepEqual(found, expected);
    }
  });

  it('has nothing to report once internal topics are off the raw broker', async () => {
    await move('__consumer_offsets', [12, 13], [13, 12], [12, 13]);
    await move('__transaction_state', [12, 13], [13, 12], [12, 13]);
    const { standings, codes, code } = await mapped();
    assert.deepEqual(standings, ['main/11 raw', 'main/12 open', 'main/13 open']);
    assert.deepEqual(codes, []);
    assert.equal(code, 0);
  });

  it('draws the same map from a saved snapshot, when no broker is asked', async () => {
    const { out } = await lethe(['network', 'snapshot', '--config', config]);
    writeFileSync(saved, out);
    const args = ['network', 'map', '--config', config, '--format', 'dot'];
    const live = await lethe(args);
    const offline = await lethe([...args, '--snapshot', saved]);
    assert.equal(offline.out, live.out);
    assert.match(live.out, /label="broker main\/11 \(raw\)"/);
  });

  it('sees a replica that is on its way, and a broker that is away', async () => {
    await kafka.kill(13);
    await admin.alterPartitionReassignments({
      topics: [{ topic: 'raw.orders', partitionAssignment: [{ partition: 0, replicas: [13] }] }],
    });
    const snapshot = await taken();
    const topic = snapshot.clusters['main']?.topics.find(({ name }) => name === 'raw.orders');
    assert.deepEqual(topic?.partitions[0]?.adding, [13]);
    assert.deepEqual(topic.partitions[0].removing, [11]);
    const { standings, codes, code } = await mapped();
    assert.deepEqual(standings, ['main/11 raw', 'main/12 open', 'main/13 shared']);
    assert.ok(codes.includes('BROKER_SHARED main/13'));
    assert.equal(code, 1);
  });

  it('changes with the placement', async () => {
    await kafka.start(13);
    await settled();
    const { standings, codes, code } = await mapped();
    assert.deepEqual(standings, ['main/11 free', 'main/12 open', 'main/13 shared']);
    assert.ok(codes.includes('BROKER_SHARED main/13'));
    assert.equal(code, 1);
    await move('raw.orders', [11]);
    assert.deepEqual((await mapped()).standings, ['main/11 raw', 'main/12 open', 'main/13 open']);
  });

  it('a cluster that does not answer is an error and no map', async () => {
    const away = join(files.path, 'away.yaml');
    writeFileSync(
      away,
      `${configHead({ kafka: "{ bootstrapServers: ['127.0.0.1:1'], requestTimeout: 1s }", registry })}
isolation: { mode: brokers }
`,
    );
    for (const command of ['map', 'snapshot']) {
      const { code, out, err } = await lethe(['network', command, '--config', away]);
      assert.equal(code, 1);
      assert.equal(out, '');
      assert.match(err, /BROKER_UNREACHABLE/);
    }
  });
});

function placed(topic: string, ...partitions: readonly (readonly number[])[]) {
  const replicaAssignment = partitions.map((replicas, partition) => ({
    partition,
    replicas: [...replicas],
  }));
  return { topic, replicaAssignment };
}

/** Moves the partitions of a topic and waits until they are there and led from there. */
async function move(topic: string, ...partitions: readonly (readonly number[])[]): Promise<void> {
  const partitionAssignment = partitions.map((replicas, partition) => ({
    partition,
    replicas: [...replicas],
  }));
  await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
  await settled();
}

async function settled(): Promise<void> {
  await until('reassignments to end', async () => {
    const moving = await admin.listPartitionReassignments({});
    return moving.topics.length === 0;
  });
}

async function taken(): Promise<KafkaSnapshot> {
  const { code, out, err } = await lethe(['network', 'snapshot', '--config', config]);
  assert.equal(code, 0, err);
  return parseSnapshot(out);
}

async function mapped(): Promise<{
  readonly code: number | null;
  readonly standings: readonly string[];
  readonly codes: readonly string[];
}> {
  const { code, out, err } = await lethe(
    ['network', 'map', '--config', config, '--format', 'json'],
    {},
  );
  assert.notEqual(out, '', err);
  const map = JSON.parse(out) as {
    readonly brokers: readonly { readonly name: string; readonly standing: string }[];
    readonly findings: readonly { readonly code: string; readonly subject: string }[];
  };
  return {
    code,
    standings: map.brokers.map(({ name, standing }) => `${name} ${standing}`),
    codes: map.findings.map((finding) => `${finding.code} ${finding.subject}`),
  };
}

/** What a broker itself answers: node ids of the coordinators. Fails where it doesn't know yet. */
async function coordinators(
  kind: 'group' | 'transaction',
  names: readonly string[],
): Promise<readonly number[]> {
  const [, broker] = kafka.brokers;
  const connection = new Connection('outside');
  await connection.connect(broker!.host, broker!.port);
  try {
    const type =
      kind === 'group' ? FindCoordinatorKeyTypes.GROUP : FindCoordinatorKeyTypes.TRANSACTION;
    const answer = await findCoordinatorV6.api.async(connection, type, [...names]);
    return names.map((name) => answer.coordinators.find(({ key }) => key === name)?.nodeId ?? -1);
  } finally {
    await connection.close();
  }
}
