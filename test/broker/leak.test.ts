import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseQuarantineRecord } from '../../src/streaming/quarantine/record.ts';
import { avroCodec, frame } from '../rig/avro.ts';
import {
  createTopics,
  exactProducer,
  outsideClient,
  readTopic,
  type Client,
} from '../rig/client.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { freePorts, until } from '../rig/ports.ts';
import { startRegistry, type Registry } from '../rig/registry.ts';
import { scratch } from '../rig/scratch.ts';
import { metricSum, startService, type ServiceProcess } from '../rig/service-process.ts';
import { canary, needles, record, rules, schema } from './leak/canaries.ts';
import { faults, type Fault } from './leak/faults.ts';

const GOOD = 200;
const secrets = needles();
const files = scratch('leak');
const keys = join(files.path, 'keys');
let kafka: Kafka;
let registry: Registry;
let client: Client;
let planted: readonly Fault[] = [];

/** The configuration in full; a test changes what it wants to break. */
function settings(group: string): Configuration {
  return {
    kafka: { main: { bootstrapServers: [kafka.bootstrapServers], requestTimeout: '3s' } },
    registry: { url: registry.url, retries: 1, requestTimeout: '1s' },
    keys: { directory: keys, current: '1' },
    rules,
    routes: [
      {
        name: 'canaries',
        from: { topic: 'raw.canaries' },
        to: { topic: 'public.canaries', create: true },
        key: { type: 'string', technique: 'pseudonymize', domain: 'leak' },
        headers: { allow: [], rewrite: { 'x-person': { technique: 'pseudonymize' } } },
      },
    ],
    quarantine: { topic: 'lethe.quarantine', create: true },
    service: {
      groupId: group,
      shards: 1,
      limits: { recordBytes: '64KiB' },
      log: { level: 'debug' },
      http: { port: 0, host: '127.0.0.1' },
    },
  };
}

type Configuration = Record<string, unknown> & {
  kafka: { main: Record<string, unknown> };
  registry: Record<string, unknown>;
  keys: Record<string, unknown>;
  routes: Record<string, unknown>[];
  service: Record<string, unknown>;
};

let runs = 0;
async function start(configuration: object | string): Promise<ServiceProcess> {
  const config = join(files.path, `run-${++runs}.yaml`);
  writeFileSync(
    config,
    typeof configuration === 'string' ? configuration : JSON.stringify(configuration),
  );
  return startService({ config, log: join(files.path, `run-${runs}.log`), args: ['--debug'] });
}

function silent(what: string, hay: string | Uint8Array): void {
  const found = secrets.find(Buffer.from(hay));
  assert.equal(found, null, `a canary sings in ${what}`);
}

before(async () => {
  [kafka, registry] = await Promise.all([startKafka(), startRegistry()]);
  client = outsideClient(kafka.bootstrapServers);
  mkdirSync(keys, { mode: 0o700 });
  writeFileSync(join(keys, '1'), Buffer.alloc(32, 0x5a), { mode: 0o600 });
  await createTopics(client, [{ topic: 'raw.canaries', numPartitions: 1 }]);
  const right = await registry.register('raw.canaries-value', schema);
  const other = await registry.register(
    'other-value',
    JSON.stringify({ type: 'record', name: 'Other', fields: [] }),
  );
  const refused = await registry.register(
    'raw.canaries-value',
    JSON.stringify({
      type: 'record',
      name: 'Refused',
      doc: canary.documentation,
      fields: [{ name: 'free', type: 'string', default: canary.unclassified }],
    }),
  );
  planted = faults({ right, other, refused });
  const codec = avroCodec(schema);
  const producer = exactProducer(client);
  await producer.connect();
  const headers = { 'x-person': canary.header, [canary.headerName]: canary.header };
  const good = Array.from({ length: GOOD }, (_, index) => ({
    key: canary.key,
    value: frame(right, codec.encode(record(index))),
    headers,
    partition: 0,
  }));
  const bad = planted.map(({ key = Buffer.from(canary.key), value }) => ({
    key,
    value,
    headers,
    partition: 0,
  }));
  await producer.send({ topic: 'raw.canaries', messages: [...good.slice(0, 100), ...bad] });
  await producer.send({ topic: 'raw.canaries', messages: good.slice(100) });
  await producer.disconnect();
});

after(async () => {
  await Promise.all([kafka.stop(), registry.stop()]);
  files.remove();
});

describe('a running service', () => {
  it('lets no canary through: records, quarantine, schemas, log, metrics', async () => {
    const service = await start(settings('success'));
    await service.ready();
    const total = GOOD + planted.length;
    await until('all records to be handled', async () => {
      if (!service.running) throw new Error(service.output());
      return metricSum(await service.metrics(), 'lethe_records_total') >= total;
    });
    const metrics = await service.metrics();
    assert.equal(await service.stop(), 0, service.output());
    silent('the metrics', metrics);
    silent('the log', service.output());

    const written = await readTopic(client, 'public.canaries', (records) => {
      for (const { key, value, headers } of records) {
        silent('a sanitized value', value ?? '');
        silent('a sanitized key', key ?? '');
        silent('the headers', Buffer.from(JSON.stringify(headers)));
        for (const header of Object.values(headers).flat())
          silent('a header', Buffer.from(header ?? ''));
      }
    });
    assert.equal(written, GOOD);

    const codes: string[] = [];
    await readTopic(client, 'lethe.quarantine', (records) => {
      for (const { key, value, headers } of records) {
        silent('a quarantine key', key ?? '');
        silent('a quarantine record', value ?? '');
        silent('quarantine headers', Buffer.from(JSON.stringify(headers)));
        const { code, offset } = parseQuarantineRecord(value ?? Buffer.alloc(0));
        codes[Number(offset) - 100] = code;
      }
    });
    assert.deepEqual(
      planted.map(({ name }, index) => `${name}: ${codes[index]}`),
      planted.map(({ name, code }) => `${name}: ${code}`),
    );
    for (const { code } of planted)
      assert.ok(
        metricSum(metrics, 'lethe_records_total', { outcome: code }) > 0,
        `a metric counts ${code}`,
      );
  });

  it('registers a sanitized schema without documentation, default or symbol of the raw one', async () => {
    const subjects = (await (await fetch(`${registry.url}/subjects`)).json()) as string[];
    const own = subjects.filter((subject) => subject.startsWith('public.'));
    assert.ok(own.length > 0);
    for (const subject of own) {
      const versions = `${registry.url}/subjects/${subject}/versions`;
      for (const version of (await (await fetch(versions)).json()) as number[])
        silent('a schema', await (await fetch(`${versions}/${version}`)).text());
    }
  });
});

describe('a service that fails', () => {
  /** Starts it, waits until it says `code` (or ends), and listens for canaries in all that it says. */
  async function fails(configuration: object | string, code: RegExp): Promise<void> {
    const service = await start(configuration);
    try {
      const heard = async (): Promise<boolean> => {
        const metrics = service.running ? await service.metrics().catch(() => '') : '';
        silent('the metrics', metrics);
        return code.test(service.output());
      };
      await until(`${String(code)} to be said`, async () => (await heard()) || !service.running, {
        patience: 30_000,
      });
      await sleep(300);
      assert.match(service.output(), code);
      silent('the output', service.output());
    } finally {
      await service.kill();
    }
  }

  async function withServer(
    answer: RequestListener,
    use: (url: string) => Promise<void>,
  ): Promise<void> {
    const server = createServer(answer);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const withRegistry = (url: string, group: string): Configuration => {
    const configuration = settings(group);
    return {
      ...configuration,
      registry: { ...configuration.registry, url, auth: { bearer: canary.token } },
    };
  };

  it('says that the registry is down', async () => {
    const [port = 0] = await freePorts(1);
    await fails(withRegistry(`http://127.0.0.1:${port}`, 'down'), /REGISTRY_UNREACHABLE/);
  });

  it('says that the registry is slow', async () => {
    await withServer(
      () => undefined,
      (url) => fails(withRegistry(url, 'slow'), /REGISTRY_TIMEOUT/),
    );
  });

  it('says that the registry wants other credentials', async () => {
    await withServer(
      (_, response) => response.writeHead(401).end(`no ${canary.token}`),
      (url) => fails(withRegistry(url, 'unauthorized'), /REGISTRY_UNAUTHORIZED/),
    );
  });

  it('says that the registry answers nonsense', async () => {
    await withServer(
      (_, response) => response.end(`{"schema": "${canary.text}`),
      (url) => fails(withRegistry(url, 'nonsense'), /REGISTRY_RESPONSE_INVALID/),
    );
  });

  it('says that no key is there', async () => {
    const none = join(files.path, 'none');
    mkdirSync(none);
    const configuration = settings('keyless');
    await fails({ ...configuration, keys: { directory: none, current: '1' } }, /KEY_/);
  });

  it('says that the current key is missing', async () => {
    const configuration = settings('keyless');
    await fails({ ...configuration, keys: { directory: keys, current: '2' } }, /KEY_/);
  });

  it('says that no broker is reachable', async () => {
    const [port = 0] = await freePorts(1);
    const configuration = settings('alone');
    configuration.kafka.main['bootstrapServers'] = [`127.0.0.1:${port}`];
    await fails(configuration, /BROKER_UNREACHABLE/);
  });

  it('says that a target topic is missing', async () => {
    const configuration = settings('aimless');
    configuration.routes[0]!['to'] = { topic: 'public.nowhere' };
    await fails(configuration, /TOPIC_MISSING/);
  });

  it('says that a source topic is missing', async () => {
    const configuration = settings('sourceless');
    configuration.routes[0]!['from'] = { topic: 'raw.nowhere' };
    await fails(configuration, /TOPIC_MISSING/);
  });

  it('says which setting is wrong, without its secret', async () => {
    const configuration = settings('wrong');
    configuration.kafka.main['sasl'] = {
      mechanism: 'SCRAM-SHA-3',
      username: 'lethe',
      password: canary.password,
    };
    await fails(configuration, /sasl/);
  });

  it('says where the file is not YAML, without the line', async () => {
    await fails(
      `kafka:\n  main: { sasl: { password: "${canary.password}\n  : [`,
      /CONFIG_NOT_YAML/,
    );
  });

  it('halts the partition when the route says so', async () => {
    const configuration = settings('halting');
    configuration.routes[0]!['onRefusal'] = 'halt';
    await fails(configuration, /partition\.halted/);
  });

  it('says nothing of a record in a dry run', async () => {
    const configuration = settings('dry');
    configuration.service['dryRun'] = true;
    const service = await start(configuration);
    await service.ready();
    await until('all records to be seen', async () => {
      const metrics = await service.metrics();
      silent('the metrics', metrics);
      return metricSum(metrics, 'lethe_records_total') >= GOOD + planted.length;
    });
    await service.stop();
    silent('the report', service.output());
  });
});

describe('a service on a guarded cluster', () => {
  let guarded: Kafka;
  before(async () => {
    guarded = await startKafka({ secure: true });
  });
  after(() => guarded.stop());

  async function refused(password: string, code: RegExp): Promise<void> {
    const configuration = settings('guarded');
    const service = await start({
      ...configuration,
      kafka: {
        main: {
          bootstrapServers: [guarded.secure!.saslSsl],
          requestTimeout: '3s',
          tls: { ca: guarded.secure!.authority.certificateFile },
          sasl: { mechanism: 'SCRAM-SHA-512', username: 'lethe', password },
        },
      },
    });
    try {
      await until(`${String(code)} to be said`, () => code.test(service.output()), {
        patience: 30_000,
      });
      silent('the output', service.output());
      assert.equal(service.output().includes(guarded.secure!.password('lethe')), false);
    } finally {
      await service.kill();
    }
  }

  it('says that its password is wrong', () => refused(canary.password, /AUTHENTICATION_FAILED/));

  it('says that it may not read', () =>
    refused(guarded.secure!.password('lethe'), /AUTHORIZATION_DENIED|TOPIC_MISSING/));
});

it('the search finds a canary where there is one', () => {
  const log = join(files.path, 'search.log');
  writeFileSync(log, `{"message":"value ${Buffer.from(canary.text).toString('hex')} refused"}`);
  assert.notEqual(secrets.find(readFileSync(log)), null);
});
