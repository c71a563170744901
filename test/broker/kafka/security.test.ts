/** Ways to be let in, and ways not to be, on a broker with SASL over TLS, mutual TLS and ACLs. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import kafkajs from 'kafkajs';
import { isLetheError } from '../../../src/foundation/errors.ts';
import { askForAcls } from '../../../src/isolation/read-acls.ts';
import { KafkaAdmin } from '../../../src/streaming/kafka/admin.ts';
import { recordBatchAdapter } from '../../../src/streaming/kafka/record-batch-adapter.ts';
import { encodeRecords } from '../../../src/streaming/kafka/batches/record-batch-writer.ts';
import { TransactionalSink } from '../../../src/streaming/kafka/sink/transactional-sink.ts';
import type { ClusterSettings, SaslSettings } from '../../../src/streaming/settings.ts';
import { outsideClient } from '../../rig/client.ts';
import { startKafka, type Kafka } from '../../rig/kafka.ts';
import { until } from '../../rig/ports.ts';
import type { SecureSetup } from '../../rig/secure.ts';
import { copyUntilIdle, startMember, stopMember } from '../../streaming/kafka/copying.ts';
import { clusterSettings, serviceSettings } from '../../streaming/kafka/settings.ts';

describe('a secured cluster', { timeout: 240_000 }, () => {
  let kafka: Kafka;
  let secure: SecureSetup;
  let directory: string;
  let serial = 0;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lethe-security-'));
    kafka = await startKafka({ secure: true });
    secure = kafka.secure!;
  });

  after(async () => {
    await kafka.stop();
    await rm(directory, { recursive: true });
  });

  const tls = () => ({ ca: secure.authority.certificate, rejectUnauthorized: true });

  const withSasl = (sasl: SaslSettings): ClusterSettings =>
    clusterSettings(secure.saslSsl, { tls: tls(), sasl });

  const scram = (username: string, password = secure.password(username)): ClusterSettings =>
    withSasl({ mechanism: 'SCRAM-SHA-512', username, password });

  const oauth = async (user: string, token = secure.token(user)): Promise<ClusterSettings> => {
    const tokenFile = join(directory, `token-${++serial}`);
    await writeFile(tokenFile, `${token}\n`);
    return withSasl({ mechanism: 'OAUTHBEARER', tokenFile });
  };

  const mutual = async (name: string): Promise<ClusterSettings> => {
    const identity = await secure.issue(name);
    return clusterSettings(secure.mutualTls, {
      tls: { ...tls(), certificate: identity.certificate, key: identity.key },
    });
  };

  /** Creates two topics, puts records into one in a transaction, and copies them to the other. */
  async function copies(cluster: ClusterSettings): Promise<void> {
    const n = ++serial;
    await using admin = await KafkaAdmin.connect(cluster);
    for (const name of [`in-${n}`, `out-${n}`]) {
      await admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
    }
    const service = serviceSettings(`group-${n}`);
    const seed = new TransactionalSink({ cluster, service, transactionalId: `seed-${n}` });
    await seed.open();
    seed.begin();
    const record = { timestamp: 1, key: null, value: Buffer.from('v'), headers: [] };
    const encoded = encodeRecords([record, record], {
      maxBatchBytes: 10_000,
      transactional: true,
      codec: 'lz4',
    });
    await seed.produce([{ topic: `in-${n}`, partition: 0, ...encoded }]);
    await seed.end(true);
    await seed.close();
    const member = await startMember({
      adapter: recordBatchAdapter,
      cluster,
      service,
      topics: [`in-${n}`],
      transactionalId: `id-${n}`,
    });
    assert.equal(await copyUntilIdle(member, `out-${n}`), 2);
    await stopMember(member);
  }

  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    it(`lets ${mechanism} over TLS in`, async () => {
      const { username, password } = secure.admin;
      await copies(withSasl({ mechanism, username, password }));
    });
  }

  it('lets a bearer token in, read from a file', async () => {
    await copies(await oauth('admin'));
  });

  it('lets a client certificate in', async () => {
    await copies(await mutual('lethe-admin'));
  });

  /** The error of both ways in: the data path and the administrator. */
  async function refused(cluster: ClusterSettings): Promise<[string, string]> {
    const codes: string[] = [];
    const source = recordBatchAdapter.createSource({
      cluster,
      service: serviceSettings('refused'),
      topics: ['any'],
      groupInstanceId: null,
    });
    const nothing = { assigned: () => undefined, lost: () => undefined, failed: () => undefined };
    const attempts = [source.start(nothing), KafkaAdmin.connect(cluster)];
    for (const result of await Promise.allSettled(attempts)) {
      const error: unknown = result.status === 'fulfilled' ? null : result.reason;
      codes.push(isLetheError(error) ? error.code : `${result.status}, not ours`);
    }
    await source.close({ leave: true });
    return [codes[0]!, codes[1]!];
  }

  it('says that a password or a token is wrong', async () => {
    assert.deepEqual(await refused(scram('lethe', 'wrong')), [
      'AUTHENTICATION_FAILED',
      'AUTHENTICATION_FAILED',
    ]);
    assert.deepEqual(await refused(await oauth('admin', 'no.token.')), [
      'AUTHENTICATION_FAILED',
      'AUTHENTICATION_FAILED',
    ]);
  });

  it('refuses a broker whose certificate no trusted authority signed', async () => {
    const cluster = scram('admin');
    const blind = { ...cluster, tls: { rejectUnauthorized: true } };
    assert.deepEqual(await refused(blind), ['TLS_FAILED', 'TLS_FAILED']);
  });

  it('says that TLS is missing where the listener wants it', async () => {
    const [bare] = await refused({ ...scram('admin'), tls: null, sasl: null });
    assert.equal(bare, 'TLS_FAILED');
    // With SASL the library meets a closed connection and nothing else; the remedy names TLS.
    const [closed] = await refused({ ...scram('admin'), tls: null });
    assert.equal(closed, 'BROKER_UNREACHABLE');
  });

  it('describes ACLs in the words of kafka-acls.sh', async () => {
    const outside = outsideClient(secure.saslSsl, {
      ssl: { ca: [secure.authority.certificate] },
      sasl: {
        mechanism: 'scram-sha-512',
        username: 'admin',
        password: secure.password('admin'),
      },
    }).admin();
    await outside.connect();
    await outside.createAcls({
      acl: [
        {
          principal: 'User:crm',
          host: '*',
          operation: kafkajs.AclOperationTypes.READ,
          permissionType: kafkajs.AclPermissionTypes.DENY,
          resourceType: kafkajs.AclResourceTypes.TOPIC,
          resourceName: 'acl.raw',
          resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
        },
      ],
    });
    await outside.disconnect();
    await using admin = await KafkaAdmin.connect(scram('admin'));
    const wanted = {
      principal: 'User:crm',
      host: '*',
      operation: 'READ',
      permission: 'DENY',
      resource: 'TOPIC',
      name: 'acl.raw',
      pattern: 'PREFIXED',
    };
    await until('the list to be known', async () =>
      ((await admin.describeAcls()) ?? []).some((one) => isDeepStrictEqual(one, wanted)),
    );
  });

  it('names what the principal may not do', async () => {
    const mallory = scram('mallory');
    await using admin = await KafkaAdmin.connect(scram('admin'));
    await admin.createTopic({ name: 'secret', partitions: 1, replicationFactor: 1 });
    const service = serviceSettings('mallory');
    await assert.rejects(
      startMember({
        adapter: recordBatchAdapter,
        cluster: mallory,
        service,
        topics: ['secret'],
        transactionalId: 'mallory',
      }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'AUTHORIZATION_DENIED');
        assert.match(error.message, /"secret".*TOPIC_AUTHORIZATION_FAILED/);
        return true;
      },
    );
    const sink = new TransactionalSink({ cluster: mallory, service, transactionalId: 'mallory' });
    await assert.rejects(sink.open(), {
      code: 'AUTHORIZATION_DENIED',
      reason: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    });
    await sink.close();
    await using denied = await KafkaAdmin.connect(mallory);
    assert.deepEqual(await denied.listTopics(), []);
    const acls = await askForAcls(new Map([['main', mallory]]));
    assert.deepEqual(acls.get('main'), { code: 'AUTHORIZATION_DENIED' });
    await assert.rejects(
      denied.createTopic({ name: 'mine', partitions: 1, replicationFactor: 1 }),
      { code: 'AUTHORIZATION_DENIED' },
    );
  });
});
