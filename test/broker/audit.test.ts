import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import kafkajs from 'kafkajs';
import { lethe } from '../cli/lethe.ts';
import { avroCodec, frame } from '../rig/avro.ts';
import {
  createTopics,
  exactProducer,
  outsideClient,
  readTopic,
  type Client,
} from '../rig/client.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { until } from '../rig/ports.ts';
import { startRegistry, type Registry } from '../rig/registry.ts';
import { scratch } from '../rig/scratch.ts';
import { metricSum, startService, type ServiceProcess } from '../rig/service-process.ts';

const people = 1000;
const leaked = 'grace.hopper@navy.mil';
const files = scratch('audit');
const keys = join(files.path, 'keys');
const schema = JSON.stringify({
  type: 'record',
  name: 'Person',
  namespace: 'crm',
  fields: [
    { name: 'name', type: 'string', lethe: 'NAME' },
    { name: 'born', type: { type: 'int', logicalType: 'date' }, lethe: 'BORN' },
    { name: 'card', type: ['null', 'string'], lethe: 'CARD' },
    { name: 'note', type: 'string', lethe: 'public' },
  ],
});

let kafka: Kafka;
let registry: Registry;
let client: Client;
let identity: { readonly certificate: string; readonly key: string };

/** The anonymizer's configuration; the auditor's has other credentials and no key. */
function settings(): Record<string, unknown> {
  const { authority, saslSsl, admin } = kafka.secure!;
  return {
    kafka: {
      main: {
        bootstrapServers: [saslSsl],
        tls: { ca: authority.certificateFile },
        sasl: { mechanism: 'SCRAM-SHA-512', ...admin },
      },
    },
    registry: { url: registry.url },
    keys: { directory: keys, current: '1' },
    rules: {
      tags: {
        NAME: { technique: 'pseudonymize' },
        BORN: { technique: 'truncate-date', unit: 'year' },
        CARD: { technique: 'suppress' },
      },
    },
    routes: [
      {
        name: 'people',
        from: { topic: 'raw.people' },
        to: { topic: 'public.people', create: true },
        key: { type: 'string', technique: 'pseudonymize' },
      },
    ],
    quarantine: { topic: 'lethe.quarantine', create: true },
    service: { shards: 1, http: { port: 0, host: '127.0.0.1' } },
  };
}

function auditSettings(audit: object = {}): string {
  const { mutualTls, authority } = kafka.secure!;
  const { certificate, key } = identity;
  const main = {
    bootstrapServers: [mutualTls],
    tls: { ca: authority.certificateFile, certificate, key },
  };
  const none = { directory: join(files.path, 'no-keys'), current: '1' };
  return file({ ...settings(), kafka: { main }, keys: none, audit });
}

let written = 0;
function file(content: object): string {
  const path = join(files.path, `${++written}.yaml`);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

async function produce(topic: string, values: readonly Buffer[]): Promise<void> {
  const producer = exactProducer(client);
  await producer.connect();
  const messages = values.map((value, at) => ({ key: `key-${at}`, value, partition: at % 2 }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

before(async () => {
  [kafka, registry] = await Promise.all([startKafka({ secure: true }), startRegistry()]);
  const secure = kafka.secure!;
  const { saslSsl, authority, admin } = secure;
  client = outsideClient(saslSsl, {
    ssl: { ca: authority.certificate },
    sasl: { mechanism: 'scram-sha-512', ...admin },
  });
  identity = await secure.issue('auditor');
  mkdirSync(keys, { mode: 0o700 });
  writeFileSync(join(keys, '1'), Buffer.alloc(32, 0x5a), { mode: 0o600 });
  await createTopics(client, [{ topic: 'raw.people', numPartitions: 2 }]);
  const id = await registry.register('raw.people-value', schema);
  const codec = avroCodec(schema);
  const values = Array.from({ length: people }, (_, at) =>
    frame(
      id,
      codec.encode({
        name: `Ada Lovelace the ${at}th`,
        born: -56_000 + at,
        card: at % 2 === 0 ? null : '4111111111111111',
        note: `customer since ${at}`,
      }),
    ),
  );
  await produce('raw.people', values);
  await sanitize();
  await allow();
});

after(async () => {
  await Promise.all([kafka.stop(), registry.stop()]);
  files.remove();
});

async function sanitize(): Promise<void> {
  const service = await startService({
    config: file(settings()),
    log: join(files.path, 'run.log'),
  });
  await service.ready();
  await until(
    'all records to be written',
    async () => metricSum(await service.metrics(), 'lethe_records_total') >= people,
  );
  assert.equal(await service.stop(), 0, service.output());
}

/** What the auditor may do, and nothing else. */
async function allow(): Promise<void> {
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs;
  const right = (
    resourceType: kafkajs.AclResourceTypes,
    resourceName: string,
    operation: kafkajs.AclOperationTypes,
  ): kafkajs.AclEntry => ({
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:CN=auditor',
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  });
  const admin = client.admin();
  await admin.connect();
  await admin.createAcls({
    acl: [
      right(AclResourceTypes.TOPIC, 'public.people', AclOperationTypes.READ),
      right(AclResourceTypes.TOPIC, 'public.people', AclOperationTypes.DESCRIBE),
      right(AclResourceTypes.GROUP, 'lethe-audit', AclOperationTypes.READ),
    ],
  });
  await admin.disconnect();
}

function follow(config: string, name: string): Promise<ServiceProcess> {
  return startService({ config, log: join(files.path, name), command: 'audit' });
}

/** Somebody else writes to the sanitized topic: a raw name, and an e-mail address in the note. */
async function plant(): Promise<{ readonly partition: number; readonly offset: string }> {
  let last: Buffer | null = null;
  await readTopic(client, 'public.people', (records) => {
    last = records.at(-1)?.value ?? last;
  });
  const clean: Buffer = last!;
  const id = clean.readInt32BE(1);
  const answer = await fetch(`${registry.url}/schemas/ids/${id}`);
  const codec = avroCodec(((await answer.json()) as { schema: string }).schema);
  const record = codec.decode(clean.subarray(5)) as Record<string, unknown>;
  const producer = exactProducer(client);
  await producer.connect();
  const value = frame(
    id,
    codec.encode({ ...record, name: 'Grace Brewster Hopper', note: `write to ${leaked}` }),
  );
  const [sent] = await producer.send({
    topic: 'public.people',
    messages: [{ key: leaked, value, partition: 1 }],
  });
  await producer.disconnect();
  return { partition: 1, offset: sent!.baseOffset! };
}

describe('an audit of what the service wrote', () => {
  it('finds nothing in 1,000 records, with no right on the raw topic and no key', async () => {
    const { code, out, err } = await lethe([
      ...['audit', '--config', auditSettings(), '--once', '--format', 'json'],
    ]);
    assert.equal(code, 0, out + err);
    const report = JSON.parse(out) as { routes: { judged: number }[]; findings: unknown[] };
    assert.deepEqual(report.findings, []);
    assert.equal(report.routes[0]?.judged, people);
  });

  it('goes on after a restart, finds what is planted, and never says it', async () => {
    const config = auditSettings();
    const first = await follow(config, 'first.log');
    await first.ready();
    const judged = (text: string): number =>
      metricSum(text, 'lethe_audit_records_total', { outcome: 'judged' });
    await until('all to be judged', async () => judged(await first.metrics()) === people);
    const clean = await first.metrics();
    assert.equal(metricSum(clean, 'lethe_audit_findings_total'), 0);
    assert.equal(await first.stop(), 0, first.output());

    const { partition, offset } = await plant();
    const second = await follow(config, 'second.log');
    await second.ready();
    const finds = (text: string, check: string): number =>
      metricSum(text, 'lethe_audit_findings_total', { check });
    await until(
      'the leak to be found',
      async () => finds(await second.metrics(), 'LEAK_EMAIL') > 0,
    );
    const metrics = await second.metrics();
    assert.equal(judged(metrics), 1, 'what was judged before is not judged again');
    assert.equal(finds(metrics, 'FORM_BROKEN'), 2);
    assert.equal(metricSum(metrics, 'lethe_audit_lag_records'), 0);
    assert.equal(await second.stop(), 0, second.output());

    const once = await lethe(['audit', '--config', config, '--once']);
    assert.equal(once.code, 1, once.out + once.err);
    const place = `main/public.people/${partition}@${offset}`;
    for (const path of ['$key', 'name'])
      assert.ok(once.out.includes(`FORM_BROKEN  ${place} ${path}`));
    assert.ok(once.out.includes(`LEAK_EMAIL  ${place} note`));
    for (const line of ['"code":"LEAK_EMAIL"', `"offset":"${offset}"`, '"path":"note"'])
      assert.ok(second.output().includes(line), line);

    const sarif = join(files.path, 'audit.sarif');
    const args = ['audit', '--config', config, '--once', '--format', 'sarif', '-o', sarif];
    assert.equal((await lethe(args)).code, 1);
    const said = [once.out, once.err, second.output(), metrics, readFileSync(sarif, 'utf8')];
    for (const text of said)
      for (const secret of [leaked, 'Hopper']) assert.equal(text.includes(secret), false);
  });

  it('is denied where the auditor has no right', async () => {
    const config = JSON.parse(readFileSync(auditSettings(), 'utf8')) as {
      routes: { from: object; to: object }[];
    };
    config.routes[0] = {
      ...config.routes[0]!,
      from: { topic: 'raw.others' },
      to: { topic: 'raw.people' },
    };
    const { code, err } = await lethe(['audit', '--config', file(config), '--once']);
    assert.equal(code, 1);
    assert.match(err, /AUTHORIZATION_DENIED/);
  });

  it('looks at one record in so many, where it is asked to, and warns of a route without a topic', async () => {
    const sampled = auditSettings({ sample: 10 });
    const config = JSON.parse(readFileSync(sampled, 'utf8')) as { routes: object[] };
    config.routes.push({
      name: 'nowhere',
      from: { pattern: 'raw\\.nowhere\\.(.+)' },
      to: { topic: 'public.$1' },
      key: { type: 'string', technique: 'keep' },
    });
    const args = ['--once', '--format', 'json', '--fail-on', 'error'];
    const { out } = await lethe(['audit', '--config', file(config), ...args]);
    const report = JSON.parse(out) as {
      findings: { code: string; subject: string }[];
      routes: { judged: number; skipped: number }[];
    };
    const unseen = report.findings.find(({ code }) => code === 'ROUTE_UNSEEN');
    assert.equal(unseen?.subject, 'route nowhere');
    const { judged, skipped } = report.routes[0]!;
    assert.ok(judged > people / 20 && judged < people / 5, String(judged));
    // One more was planted.
    assert.equal(judged + skipped, people + 1);
  });
});
