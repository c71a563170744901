/** Access control lists as Kafka describes them (KIP-140, DescribeAcls). */
import kafkajs, { type Admin } from 'kafkajs';
import { KafkaError } from './kafka-error.ts';

/** One entry, in the words of `kafka-acls.sh`. */
export interface AclDescription {
  readonly principal: string;
  readonly host: string;
  readonly operation: (typeof operations)[number];
  readonly permission: 'ALLOW' | 'DENY';
  readonly resource: (typeof resources)[number];
  readonly name: string;
  readonly pattern: 'LITERAL' | 'PREFIXED';
}

/** `org.apache.kafka.common.acl.AclOperation`, from code 2 on; 0 is unknown and 1 any. */
const operations = [
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
  'CREATE_TOKENS',
  'DESCRIBE_TOKENS',
  'TWO_PHASE_COMMIT',
] as const;

/** `org.apache.kafka.common.resource.ResourceType`, from code 2 on. */
const resources = [
  'TOPIC',
  'GROUP',
  'CLUSTER',
  'TRANSACTIONAL_ID',
  'DELEGATION_TOKEN',
  'USER',
] as const;

/** `AclPermissionType` and `PatternType`, by code. */
const permissions: Readonly<Record<number, AclDescription['permission']>> = {
  2: 'DENY',
  3: 'ALLOW',
};
const patterns: Readonly<Record<number, AclDescription['pattern']>> = {
  3: 'LITERAL',
  4: 'PREFIXED',
};

/** All entries of a cluster. @throws {@link KafkaError} PROTOCOL_UNSUPPORTED for a code that is not known here: it might be the one that opens a topic */
export async function describeAcls(admin: Admin): Promise<readonly AclDescription[]> {
  const { ANY } = kafkajs.AclResourceTypes;
  const answer = await admin.describeAcls({
    resourceType: ANY,
    resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
    operation: kafkajs.AclOperationTypes.ANY,
    permissionType: kafkajs.AclPermissionTypes.ANY,
  });
  return answer.resources.flatMap((one) =>
    one.acls.map(({ principal, host, operation, permissionType }) => ({
      principal,
      host,
      operation: known(operations[operation - 2]),
      permission: known(permissions[permissionType]),
      resource: known(resources[one.resourceType - 2]),
      name: one.resourceName,
      pattern: known(patterns[one.resourcePatternType]),
    })),
  );
}

function known<Word>(word: Word | undefined): Word {
  if (word === undefined) throw new KafkaError('PROTOCOL_UNSUPPORTED', 'describing ACLs');
  return word;
}
