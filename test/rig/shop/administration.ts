/** What an administrator does to Kafka, as a program on the node: `administration.ts <options as JSON>`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { createTopics, outsideClient, type Client } from '../client.ts';
import { until } from '../ports.ts';
import type { Administration, Assignment, Right } from './errands.ts';

const task = JSON.parse(process.argv[2] ?? '') as Administration;
const kafka = outsideClient(task.servers.join(), {
  ssl: {
    ca: [readFileSync(task.login.authority, 'utf8')],
    cert: readFileSync(join(task.login.identity, 'tls.crt'), 'utf8'),
    key: readFileSync(join(task.login.identity, 'tls.key'), 'utf8'),
  },
});
switch (task.name) {
  case 'create':
    await createTopics(kafka, assigned(task.topics));
    await wakeCoordinators(kafka);
    break;
  case 'move':
    await administer((admin) => move(admin, task.topics));
    break;
  case 'permit':
    await administer((admin) => admin.createAcls({ acl: task.rights.flatMap(entries) }));
    break;
  case 'forbid':
    await administer((admin) => admin.deleteAcls({ filters: [everythingOf(task.principal)] }));
    break;
}

async function administer(work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The broker makes its internal topics when it is first asked for a coordinator. */
async function wakeCoordinators(client: Client): Promise<void> {
  const producer = client.producer({ transactionalId: 'warm-up', idempotent: true });
  await producer.connect();
  await (await producer.transaction()).abort();
  await producer.disconnect();
  await administer((admin) =>
    until('a coordinator', () =>
      admin.fetchOffsets({ groupId: 'warm-up' }).then(
        () => true,
        () => false,
      ),
    ),
  );
}

async function move(admin: Admin, wanted: Assignment): Promise<void> {
  const topics = assigned(wanted).map(({ topic, replicaAssignment }) => ({
    topic,
    partitionAssignment: replicaAssignment,
  }));
  await admin.alterPartitionReassignments({ topics });
  await until('reassignments to end', async () => {
    const { topics: moving } = await admin.listPartitionReassignments({});
    return moving.length === 0;
  });
}

function entries({ principal, resource, name, operations, prefixed }: Right): AclEntry[] {
  return operations.map((operation) => ({
    principal,
    host: '*',
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
    operation: kafkajs.AclOperationTypes[operation],
    resourceType: kafkajs.AclResourceTypes[resource],
    resourceName: name,
    resourcePatternType: kafkajs.ResourcePatternTypes[prefixed === true ? 'PREFIXED' : 'LITERAL'],
  }));
}

function everythingOf(principal: string) {
  return {
    principal,
    permissionType: kafkajs.AclPermissionTypes.ANY,
    operation: kafkajs.AclOperationTypes.ANY,
    resourceType: kafkajs.AclResourceTypes.ANY,
    resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
  };
}

function assigned(topics: Assignment) {
  return Object.entries(topics).map(([topic, partitions]) => ({
    topic,
    replicaAssignment: partitions.map((replicas, partition) => ({
      partition,
      replicas: [...replicas],
    })),
  }));
}
