/** One entry of Kafka's access control lists, in the words of `kafka-acls.sh`. */

/** `org.apache.kafka.common.acl.AclOperation`, from code 2 on; 0 is unknown and 1 any. */
export const aclOperations = [
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
export type AclOperation = (typeof aclOperations)[number];

/** `org.apache.kafka.common.resource.ResourceType`, from code 2 on. */
export const aclResources = [
  'TOPIC',
  'GROUP',
  'CLUSTER',
  'TRANSACTIONAL_ID',
  'DELEGATION_TOKEN',
  'USER',
] as const;
export type AclResource = (typeof aclResources)[number];

/** One entry. */
export interface AclBinding {
  /** Such as `User:crm`, or `User:*` for everybody. */
  readonly principal: string;
  /** `*` or an address. */
  readonly host: string;
  readonly operation: AclOperation;
  readonly permission: 'ALLOW' | 'DENY';
  readonly resource: AclResource;
  /** `*` is every name, where the pattern is literal. */
  readonly name: string;
  readonly pattern: 'LITERAL' | 'PREFIXED';
}
