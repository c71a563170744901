/** Access control lists as Kafka describes them (KIP-140, DescribeAcls). */
import kafkajs, { type Admin } from 'kafkajs';
import { aclOperations, aclResources, type AclBinding } from './acl-binding.ts';
import { KafkaError } from './kafka-error.ts';

/** `AclPermissionType` and `PatternType`, by code. */
const permissions: Readonly<Record<number, AclBinding['permission']>> = {
  2: 'DENY',
  3: 'ALLOW',
};
const patterns: Readonly<Record<number, AclBinding['pattern']>> = {
  3: 'LITERAL',
  4: 'PREFIXED',
};

/** All entries of a cluster. @throws {@link KafkaError} PROTOCOL_UNSUPPORTED for a code that is not known here: it might be the one that opens a topic */
export async function describeAcls(admin: Admin): Promise<readonly AclBinding[]> {
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
      operation: known(aclOperations[operation - 2]),
      permission: known(permissions[permissionType]),
      resource: known(aclResources[one.resourceType - 2]),
      name: one.resourceName,
      pattern: known(patterns[one.resourcePatternType]),
    })),
  );
}

function known<Word>(word: Word | undefined): Word {
  if (word === undefined) throw new KafkaError('PROTOCOL_UNSUPPORTED', 'describing ACLs');
  return word;
}
