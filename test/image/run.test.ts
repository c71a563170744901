/** The built image at its work, against a real broker and registry, with what a pod of the chart is allowed and no more. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { avroCodec, frame } from '../rig/avro.ts';
import { createTopics, exactProducer, outsideClient, readTopic } from '../rig/client.ts';
import {
  runContainer,
  unpackImage,
  type Container,
  type UnpackedImage,
} from '../rig/images/container.ts';
import { serviceImage } from '../rig/images/images.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { freePorts, until } from '../rig/ports.ts';
import { startRegistry, type Registry } from '../rig/registry.ts';
import { scratch } from '../rig/scratch.ts';
import { metricSum } from '../rig/service-process.ts';

/** Group of the pod's files: `podSecurity.fsGroup` of the chart. */
const FS_GROUP = 65532;
/** Loose, since a build server is slower than a node; the diagnostic says what it was. */
const PATIENCE_MS = 30_000;

const folder = scratch('image-run');
const RECORDS = 1000;
let kafka: Kafka;
let registry: Registry;
let image: UnpackedImage;

before(async () => {
  image = await unpackImage(await serviceImage(console.log), folder.path);
  [kafka, registry] = await Promise.all([startKafka(), startRegistry()]);
});
after(async () => {
  await Promise.all([kafka.stop(), registry.stop()]);
  folder.remove();
});

/** Files as the kubelet mounts them: of root, read by the pod's group. @returns the folder. */
function mounted(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  for (const [file, contents] of Object.entries(files)) {
    writeFileSync(join(path, file), contents);
    chownSync(join(path, file), 0, FS_GROUP);
    chmodSync(join(path, file), 0o440);
  }
  return path;
}

const schema = JSON.stringify({
  type: 'record',
  name: 'Customer',
  fields: [
    { name: 'email', type: 'string', 'confluent:tags': ['EMAIL'] },
    { name: 'orders', type: 'long', 'confluent:tags': ['PUBLIC'] },
  ],
});

async function produce(): Promise<void> {
  const client = outsideClient(kafka.bootstrapServers);
  await createTopics(client, [{ topic: 'raw.customers', numPartitions: 2 }]);
  const id = await registry.register('raw.customers-value', schema);
  const codec = avroCodec(schema);
  const producer = exactProducer(client);
  await producer.connect();
  await producer.send({
    topic: 'raw.customers',
    messages: Array.from({ length: RECORDS }, (_, index) => ({
      key: `k${index}`,
      value: frame(id, codec.encode({ email: `person${index}@example.com`, orders: index })),
    })),
  });
  await producer.disconnect();
}

const settings = (port: number): string =>
  JSON.stringify({
    kafka: { main: { bootstrapServers: [kafka.bootstrapServers] } },
    registry: { url: registry.url },
    keys: { directory: '/etc/lethe/keys', current: '1' },
    rules: {
      tags: {
        EMAIL: { technique: 'pseudonymize', output: 'email' },
        PUBLIC: { technique: 'keep' },
      },
    },
    routes: [
      {
        name: 'customers',
        from: { topic: 'raw.customers' },
        to: { topic: 'public.customers', create: true },
        key: { type: 'string', technique: 'keep' },
      },
    ],
    quarantine: { topic: 'lethe.quarantine', create: true },
    service: { shards: 2, http: { port, host: '127.0.0.1' } },
  });

const ok = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );

/** Starts the service as its image says. @returns it when it is ready, with the time from the start of runc in ms. */
async function startReady(
  mounts: Readonly<Record<string, string>>,
  address: string,
): Promise<{ readonly container: Container; readonly took: number }> {
  const started = performance.now();
  const container = await runContainer({
    ...{ image, folder: folder.path, mounts },
    env: { POD_NAME: 'lethe-anonymizer-0' },
  });
  const ready = (): Promise<boolean> => {
    if (!container.running) throw new Error('It ended');
    return ok(`${address}/readyz`);
  };
  try {
    await until('the container to be ready', ready, { patience: PATIENCE_MS, pause: 10 });
  } catch (cause) {
    await container.kill();
    throw new Error(container.output(), { cause });
  }
  return { container, took: performance.now() - started };
}

test('the image anonymizes a real topic with a read-only root and no rights, and is ready soon after its start', async (t) => {
  await produce();
  const [port = 0] = await freePorts(1);
  const address = `http://127.0.0.1:${port}`;
  const mounts = {
    '/etc/lethe/config': mounted('config', { 'lethe.yaml': settings(port) }),
    '/etc/lethe/keys': mounted('keys', { '1': randomBytes(32) }),
  };
  const { container, took } = await startReady(mounts, address);
  t.diagnostic(`ready after ${Math.round(took)} ms, its topics made and a cold broker woken`);
  try {
    await until('all records to be handled', async () => {
      const text = await (await fetch(`${address}/metrics`)).text();
      return metricSum(text, 'lethe_records_total', { outcome: 'WRITTEN' }) >= RECORDS;
    });
    const metrics = await (await fetch(`${address}/metrics`)).text();
    assert.ok(metricSum(metrics, 'process_resident_memory_bytes') > 50_000_000);
    assert.equal(await container.stop(), 0, container.output());
  } finally {
    await container.kill();
  }
  const again = await startReady(mounts, address);
  t.diagnostic(`ready after ${Math.round(again.took)} ms when started again`);
  assert.equal(await again.container.stop(), 0);
  assert.doesNotMatch(container.output(), /person\d+@example\.com/);
  let read = 0;
  const codec = avroCodec(schema);
  const total = await readTopic(
    outsideClient(kafka.bootstrapServers),
    'public.customers',
    (records) => {
      for (const { value } of records) {
        assert.ok(value);
        const record = codec.decode(value.subarray(5)) as { readonly email: string };
        assert.doesNotMatch(record.email, /^person/);
        assert.match(record.email, /@/);
        read += 1;
      }
    },
  );
  assert.deepEqual([total, read], [RECORDS, RECORDS]);
});

const tries = `
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { isMainThread, Worker } from 'node:worker_threads';
import { createRequire } from 'node:module';
const attempt = (name, act) => {
  try { act(); console.log(name, 'works'); } catch (error) { console.log(name, error.code ?? error.name); }
};
const require = createRequire('/app/package.json');
attempt('addons', () => {
  require('@node-rs/crc32').crc32c('a');
  for (const name of ['snappy', 'lz4-napi']) require(name).compressSync('a');
});
attempt('code', () => new Function('return 1')());
attempt('accounts', () => readFileSync('/etc/passwd'));
attempt('environment', () => readFileSync('/proc/self/environ'));
attempt('token', () => readdirSync('/var/run/secrets'));
attempt('write', () => writeFileSync('/app/written', ''));
attempt('run', () => execFileSync('/app/node'));
if (isMainThread) await new Promise((end) => new Worker(new URL(import.meta.url)).on('exit', end));
`;

test('inside, reading elsewhere, writing, starting programs and making code are refused, in threads as well', async () => {
  const mounts = { '/etc/lethe/config': mounted('tries', { 'tries.mjs': tries }) };
  const attempted = (command: readonly string[]): Promise<Container> =>
    runContainer({
      ...{ image, folder: folder.path, mounts, command },
      args: ['/etc/lethe/config/tries.mjs'],
    });
  const container = await attempted(image.settings.Entrypoint.slice(0, -1));
  assert.equal(await container.exited, 0, container.output());
  const each = [
    'addons works',
    'code EvalError',
    'accounts ERR_ACCESS_DENIED',
    'environment ERR_ACCESS_DENIED',
    'token ERR_ACCESS_DENIED',
    'write ERR_ACCESS_DENIED',
    'run ERR_ACCESS_DENIED',
  ];
  assert.deepEqual(container.output().trim().split('\n'), [...each, ...each]);
  // Without the flags it is the container that refuses, and less.
  const bare = await attempted(['/app/node']);
  assert.equal(await bare.exited, 0, bare.output());
  assert.deepEqual(bare.output().trim().split('\n').slice(0, 7), [
    'addons works',
    'code works',
    'accounts works',
    'environment works',
    'token ENOENT',
    'write EROFS',
    'run works',
  ]);
});

test('the process in the container has no capability, can gain none, and is nobody', async () => {
  const script = `const { readFileSync } = require('node:fs');
console.log(process.getuid(), process.getgid(), process.getgroups().join());
for (const name of ['CapPrm', 'CapEff', 'CapBnd', 'NoNewPrivs'])
  console.log(name, Number('0x' + new RegExp(name + ':\\\\s*(\\\\S+)').exec(readFileSync('/proc/self/status', 'utf8'))[1]));`;
  const container = await runContainer({
    ...{ image, folder: folder.path, command: ['/app/node'] },
    args: ['--eval', script],
  });
  assert.equal(await container.exited, 0, container.output());
  assert.deepEqual(container.output().trim().split('\n'), [
    '65532 65532 65532',
    'CapPrm 0',
    'CapEff 0',
    'CapBnd 0',
    'NoNewPrivs 1',
  ]);
});
