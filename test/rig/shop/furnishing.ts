/** What the shop has before the service comes: certificates, secrets, pods, topics, and rights in Kafka. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '../certificates.ts';
import { demand } from '../execute.ts';
import type { BuiltImage } from '../images/images.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { until } from '../ports.ts';
import type { AdministrationTask, Login, Right } from './errands.ts';
import { brokerHost, OPEN, OPEN_TOPIC, PARTITIONS, QUARANTINE, RAW, RAW_TOPIC } from './places.ts';
import {
  brokerFolder,
  kafkaObjects,
  list,
  namespaceObjects,
  personObject,
  personSettings,
  registryObjects,
  secret,
} from './pods.ts';

/** Whoever runs Kafka, on the node. */
export async function administrator(
  folder: string,
  authority: Authority,
): Promise<Required<Login>> {
  const identity = join(folder, 'administrator');
  mkdirSync(identity, { recursive: true });
  const { key, certificate } = await authority.issue('administrator');
  writeFileSync(join(identity, 'ca.crt'), authority.certificate);
  writeFileSync(join(identity, 'tls.crt'), certificate);
  writeFileSync(join(identity, 'tls.key'), key, { mode: 0o600 });
  writeFileSync(join(identity, 'keystore.pem'), `${key}${certificate}`, { mode: 0o600 });
  return { authority: authority.certificateFile, identity };
}

/** Everything that runs. */
export async function furnish(
  cluster: Cluster,
  authority: Authority,
  images: {
    readonly service: BuiltImage;
    readonly kafka: BuiltImage;
    readonly registry: BuiltImage;
  },
): Promise<void> {
  const ca = authority.certificate;
  const login = async (namespace: string, name: string, principal = name): Promise<object> => {
    const { certificate, key } = await authority.issue(principal);
    return secret(namespace, name, { 'ca.crt': ca, 'tls.crt': certificate, 'tls.key': key });
  };
  const hosts = [0, 1, 2].map(brokerHost);
  const server = await authority.issue('broker', hosts);
  const folders = [0, 1, 2].map(brokerFolder);
  for (const command of [
    ['mkdir', '-p', ...folders],
    ['chown', '1000:1000', ...folders],
  ] as const)
    await demand([...cluster.node.enter, ...command]);
  await cluster.apply(list(namespaceObjects()));
  // Pods are refused until their namespace has its default account.
  await until('service accounts', async () => {
    const found = await cluster.kubectl(['get', 'serviceaccounts', '-A', '-o', 'name']);
    return found.split('serviceaccount/default').length > namespaceObjects().length;
  });
  const keystore = `${server.key}${server.certificate}${ca}`;
  await cluster.apply(
    list([
      secret('kafka', 'broker', { 'ca.crt': ca, 'keystore.pem': keystore }),
      secret('lethe', 'lethe-keys', { v1: 'Z'.repeat(32), v2: 'Y'.repeat(32) }),
      await login('lethe', 'anonymizer'),
      await login('lethe', 'warden'),
      await login('lethe', 'auditor'),
      await login('crm', 'crm'),
      await login('lake', 'lake'),
      ...['crm', 'lake', 'playground', 'lethe'].flatMap((namespace) =>
        personSettings(namespace, ca),
      ),
      ...kafkaObjects(images.kafka.name),
      ...registryObjects(images.registry.name),
      ...(['crm', 'lake'] as const).map((name) =>
        personObject({ name, namespace: name, identity: name, image: images.service.name }),
      ),
      personObject({ name: 'rogue', namespace: 'playground', image: images.service.name }),
    ]),
  );
  const ready = (kind: string, namespace: string) =>
    cluster.kubectl(['rollout', 'status', kind, '-n', namespace, '--timeout=240s']);
  await ready('statefulset/kafka', 'kafka');
  await ready('deployment/registry', 'registry');
  for (const [namespace, pod] of [
    ['crm', 'crm'],
    ['lake', 'lake'],
    ['playground', 'rogue'],
  ] as const)
    await cluster.kubectl([
      ...['wait', 'pod', pod, '-n', namespace, '--for=condition=Ready', '--timeout=60s'],
    ]);
}

/** Raw on one broker, sanitized and what outsiders need on another, nothing on the third; and rights as many clusters have them: anybody may read. */
export async function fill(administer: (task: AdministrationTask) => Promise<void>): Promise<void> {
  const all = (id: number) => Array.from({ length: PARTITIONS }, () => [id]);
  await administer({
    name: 'create',
    topics: { [RAW_TOPIC]: all(RAW), [OPEN_TOPIC]: all(OPEN), [QUARANTINE]: [[OPEN]] },
  });
  await administer({
    name: 'move',
    topics: { __consumer_offsets: all(OPEN), __transaction_state: all(OPEN) },
  });
  await administer({ name: 'permit', rights });
}

export const ANYBODY = 'User:ANONYMOUS';

const READS = ['READ', 'DESCRIBE', 'DESCRIBE_CONFIGS'] as const;
const WRITES = ['WRITE', 'DESCRIBE', 'DESCRIBE_CONFIGS'] as const;

const rights: readonly Right[] = [
  ...(['TOPIC', 'GROUP'] as const).map((resource) => ({
    principal: ANYBODY,
    resource,
    name: '*',
    operations: ['READ', 'DESCRIBE'] as const,
  })),
  { principal: 'User:CN=anonymizer', resource: 'TOPIC', name: RAW_TOPIC, operations: READS },
  ...[OPEN_TOPIC, QUARANTINE].map((name) => ({
    principal: 'User:CN=anonymizer',
    resource: 'TOPIC' as const,
    name,
    operations: WRITES,
  })),
  { principal: 'User:CN=anonymizer', resource: 'GROUP', name: 'lethe', operations: ['READ'] },
  {
    principal: 'User:CN=anonymizer',
    resource: 'TRANSACTIONAL_ID',
    name: 'lethe',
    operations: ['WRITE', 'DESCRIBE'],
    prefixed: true,
  },
  { principal: 'User:CN=warden', resource: 'TOPIC', name: '*', operations: ['DESCRIBE'] },
  {
    principal: 'User:CN=warden',
    resource: 'CLUSTER',
    name: 'kafka-cluster',
    operations: ['DESCRIBE'],
  },
  { principal: 'User:CN=auditor', resource: 'TOPIC', name: OPEN_TOPIC, operations: READS },
  { principal: 'User:CN=auditor', resource: 'GROUP', name: 'lethe-audit', operations: ['READ'] },
  { principal: 'User:CN=crm', resource: 'TOPIC', name: RAW_TOPIC, operations: WRITES },
  { principal: 'User:CN=lake', resource: 'TOPIC', name: OPEN_TOPIC, operations: READS },
  { principal: 'User:CN=lake', resource: 'GROUP', name: 'lake', operations: ['READ'] },
];
