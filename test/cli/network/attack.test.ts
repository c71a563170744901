import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { shield, workloads } from '../../isolation/attacks/attack-fixture.ts';
import { snapshotOf } from '../../isolation/topology/cluster-fixture.ts';
import { folder, lethe } from '../lethe.ts';
import { configHead } from '../network-scene.ts';

const config = `${configHead({ kafka: "{ bootstrapServers: ['kafka-0.kafka:9093'] }" })}
isolation:
  mode: brokers
  anonymizer: { namespace: lethe, podSelector: { app: lethe } }
  brokers:
    main:
      namespace: kafka
      pods: { '11': { statefulset.kubernetes.io/pod-name: kafka-0 }, '12': { statefulset.kubernetes.io/pod-name: kafka-1 }, '13': { statefulset.kubernetes.io/pod-name: kafka-2 } }
      port: 9093
  clients:
    - { name: crm, workload: { namespace: crm, podSelector: { app: crm } }, produces: [raw.orders] }
    - { name: lake, workload: { namespace: lake, podSelector: { app: lake } }, consumes: [public.orders], groups: [lake] }
  operators:
    - { name: prometheus, workload: { namespace: monitoring, podSelector: { app: prometheus } }, scrapes: [lethe, brokers] }
  registry: { namespace: registry, podSelector: { app: registry } }
  dns: { namespace: kube-system, podSelector: { k8s-app: kube-dns } }
`;
const files = {
  'lethe.yaml': config,
  'saved.json': JSON.stringify(snapshotOf()),
  'workloads.yaml': workloads.join('\n---\n'),
  'shield.yaml': shield.join('\n---\n'),
};
const given = ['network', 'attack', '--config', 'lethe.yaml', '--snapshot', 'saved.json'];
const whole = [...given, '--manifests', 'workloads.yaml', '--manifests', 'shield.yaml'];
const bare = [...given, '--manifests', 'workloads.yaml'];

describe('lethe network attack', () => {
  test('exits with 0 on a whole shield and says what remains', async (t) => {
    const { code, out, err } = await lethe(whole, { cwd: folder(t, files) });
    assert.equal(err, '');
    assert.match(out, /\nstopped +rogue-pod /);
    assert.match(out, /\nWhat no network policy closes\n/);
    assert.match(out, /\nNo attack of the catalogue gets through/);
    assert.equal(code, 0);
  });

  test('exits with 1 where an attack gets through, in every format', async (t) => {
    const cwd = folder(t, files);
    for (const format of ['table', 'sarif']) {
      const { code, out } = await lethe([...bare, '--format', format], { cwd });
      assert.equal(code, 1, format);
      assert.match(out, /ATTACK_SUCCEEDS/, format);
    }
    const { out } = await lethe([...bare, '--format', 'json', '--kind', 'world'], { cwd });
    const { attacks } = JSON.parse(out) as { attacks: readonly { kind: string }[] };
    assert.deepEqual(
      attacks.map(({ kind }) => kind),
      ['world'],
    );
  });

  test('lists the catalogue without any input', async () => {
    const { code, out } = await lethe(['network', 'attack', '--list']);
    assert.equal(code, 0);
    assert.match(out, /\n {2}pod-start: First moments of a pod\n/);
  });

  test('plans Jobs without a cluster', async (t) => {
    const { code, out } = await lethe(
      [...whole, '--dry-run', '--probe-image', 'registry.example/lethe@sha256:00'],
      { cwd: folder(t, files) },
    );
    assert.equal(code, 0);
    assert.match(out, /\nkind: Job\n/);
    assert.match(out, /image: registry\.example\/lethe@sha256:00/);
    assert.match(out, /^# world:main\/11:TCP\/9093: a Job is no host outside of the cluster$/m);
  });

  test('refuses what makes no sense with 2', async (t) => {
    const cwd = folder(t, files);
    for (const [args, pattern] of [
      [['network', 'attack', '--manifests', 'shield.yaml'], /--config/],
      [given, /either --manifests or --cluster/],
      [[...whole, '--cluster'], /either --manifests or --cluster/],
      [[...whole, '--context', 'x'], /--cluster or --live/],
      [[...whole, '--kind', 'rogue-pot'], /did you mean "rogue-pod"/],
      [[...whole, '--attacker-namespace', 'nowhere'], /"nowhere" is none/],
      [[...whole, '--attacker-namespace', 'kafka'], /a declared party is in "kafka"/],
      [[...whole, '--parallel', '0'], /from 1 to 64/],
      [[...whole, '--fail-on', 'worst'], /error, warning, note/],
      [[...whole, '--live', '--kubeconfig', 'no.yaml'], /KUBECONFIG_INVALID/],
    ] as const) {
      const { code, err } = await lethe([...args], { cwd });
      assert.equal(code, 2, err);
      assert.match(err, pattern);
    }
  });

  test('--live makes Jobs, believes controlled answers, and removes everything', async (t) => {
    const jobs = new Map<string, string>();
    let made = 0;
    const server = createHttp((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (part: Buffer) => chunks.push(part));
      request.on('end', () => {
        const path = decodeURIComponent(request.url ?? '');
        const answer = (body: unknown): void => {
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(body));
        };
        if (request.method === 'POST') {
          const job = JSON.parse(Buffer.concat(chunks).toString()) as {
            metadata: { name: string; namespace: string };
          };
          jobs.set(job.metadata.name, job.metadata.namespace);
          made += 1;
          answer(job);
          return;
        }
        if (request.method === 'DELETE') {
          jobs.delete(path.split('/').at(-1)!);
          answer({});
          return;
        }
        const name = /job-name=(.*)$/.exec(path)?.[1];
        const outcome = jobs.get(name ?? '') === 'lethe' ? 'open' : 'refused';
        const state = { terminated: { message: JSON.stringify({ outcome }) } };
        answer({
          items: [
            name === undefined
              ? { spec: {}, status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] } }
              : { status: { containerStatuses: [{ state }] } },
          ],
        });
      });
    });
    t.after(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const kubeconfig = `apiVersion: v1
kind: Config
current-context: c
clusters: [{ name: c, cluster: { server: 'http://127.0.0.1:${port}', insecure-skip-tls-verify: true } }]
users: [{ name: u, user: { token: t } }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
`;
    const cwd = folder(t, { ...files, 'kube.yaml': kubeconfig });
    const kinds = ['rogue-pod', 'label-spoof', 'jmx-port', 'world'].flatMap((one) => [
      '--kind',
      one,
    ]);
    const args = [...whole, ...kinds, '--live', '--kubeconfig', 'kube.yaml'];
    const { code, out, err } = await lethe(args, { cwd });
    assert.equal(jobs.size, 0);
    assert.equal(made, 6, 'four attacks, and a control for the two of them that have one');
    assert.match(out, /rogue-pod .* denied +refused\n/);
    assert.match(out, /world .* denied +unsupported\n/);
    assert.match(err, /^unsupported world:.*a Job is no host outside/m);
    assert.equal(code, 0, out);
    const json = await lethe([...args, '--format', 'json'], { cwd });
    const { findings } = JSON.parse(json.out) as {
      findings: readonly { code: string; subject: string }[];
    };
    const about = (subject: string) =>
      findings.filter((one) => one.subject.startsWith(subject)).map((one) => one.code);
    assert.deepEqual(about('rogue-pod'), []);
    assert.deepEqual(about('jmx-port'), ['LIVE_UNPROVEN']);
    assert.deepEqual(about('world'), ['LIVE_SKIPPED']);
  });
});

describe('lethe network probe', () => {
  const probe = ['network', 'probe', '--host', '127.0.0.1'];

  test('prints one result and writes it where it is told to', async (t) => {
    const server = createServer();
    t.after(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const cwd = folder(t, {});
    const args = [...probe, '--live', '--port', String(port), '--report', 'result'];
    const { code, out } = await lethe(args, { cwd });
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { outcome: string }).outcome, 'open');
    assert.equal(readFileSync(join(cwd, 'result'), 'utf8'), out);
  });

  test('exits with 0 for a closed door, after every attempt', async () => {
    const args = [...probe, '--live', '--port', '1', '--attempts', '2'];
    const { code, out } = await lethe(args);
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { outcome: string }).outcome, 'refused');
    assert.equal(out.split('\n').length, 2);
  });

  test('sends nothing unless told to, and refuses what makes no sense', async () => {
    for (const [args, pattern] of [
      [[...probe, '--port', '1'], /--live/],
      [[...probe, '--live', '--port', '70000'], /1 to 65535/],
      [[...probe, '--live', '--port', '1', '--attempts', '0'], /1 to 9/],
      [[...probe, '--live', '--port', '1', '--protocol', 'udp', '--tls'], /tcp only/],
      [[...probe, '--live', '--port', '1', '--report', '/nowhere/at/all'], /CLI_FILE_UNWRITABLE/],
    ] as const) {
      const { code, err } = await lethe([...args]);
      assert.equal(code, 2, err);
      assert.match(err, pattern);
    }
    const { out } = await lethe(['network', '--help']);
    assert.doesNotMatch(out, /probe/);
  });
});
