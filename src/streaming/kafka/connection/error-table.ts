import type { KafkaErrorCode } from '../kafka-error.ts';

/** What is to be done about an error code of the Kafka protocol. */
export interface Handling {
  /** The broker's name for it. */
  readonly name: string;
  /** The same request may succeed soon. */
  readonly retriable: boolean;
  /** Leaders or topic ids are out of date. */
  readonly refreshMetadata: boolean;
  /** The coordinator has moved. */
  readonly findCoordinator: boolean;
  /** This member or producer has lost its identity and must stop. */
  readonly fatal: boolean;
  /** Our code, once there is nothing left to retry. */
  readonly code: KafkaErrorCode;
}

type Kind =
  | 'leader'
  | 'topic'
  | 'coordinator'
  | 'loading'
  | 'busy'
  | 'insync'
  | 'abortable'
  | 'generation'
  | 'fenced'
  | 'member'
  | 'denied'
  | 'unauthenticated'
  | 'rejected'
  | 'range'
  | 'group'
  | 'admin'
  | 'version'
  | 'failed';

const kinds: Readonly<Record<Kind, Omit<Handling, 'name'>>> = {
  leader: handling('BROKER_UNREACHABLE', { retriable: true, refreshMetadata: true }),
  topic: handling('TOPIC_MISSING', { retriable: true, refreshMetadata: true }),
  coordinator: handling('COORDINATOR_UNAVAILABLE', { retriable: true, findCoordinator: true }),
  loading: handling('COORDINATOR_UNAVAILABLE', { retriable: true }),
  busy: handling('BROKER_UNREACHABLE', { retriable: true }),
  insync: handling('PRODUCE_REJECTED', { retriable: true }),
  abortable: handling('TRANSACTION_ABORTED', {}),
  generation: handling('GENERATION_STALE', {}),
  fenced: handling('SINK_FENCED', { fatal: true }),
  member: handling('MEMBER_FENCED', { fatal: true }),
  denied: handling('AUTHORIZATION_DENIED', { fatal: true }),
  unauthenticated: handling('AUTHENTICATION_FAILED', { fatal: true }),
  rejected: handling('PRODUCE_REJECTED', {}),
  range: handling('OFFSET_OUT_OF_RANGE', {}),
  group: handling('GROUP_REJECTED', { fatal: true }),
  admin: handling('TOPIC_REJECTED', {}),
  version: handling('PROTOCOL_UNSUPPORTED', { fatal: true }),
  failed: handling('KAFKA_FAILED', {}),
};

function handling(
  code: KafkaErrorCode,
  says: Partial<Omit<Handling, 'name' | 'code'>>,
): Omit<Handling, 'name'> {
  return {
    retriable: false,
    refreshMetadata: false,
    findCoordinator: false,
    fatal: false,
    code,
    ...says,
  };
}

/**
 * Every error code of Kafka 4.x (`org.apache.kafka.common.protocol.Errors`) and what it means to us. Codes that no request of ours can
 * bring are listed too, as `failed`, so that the table is complete and a new code stands out.
 */
const table: readonly (readonly [number, string, Kind])[] = [
  [-1, 'UNKNOWN_SERVER_ERROR', 'failed'],
  [1, 'OFFSET_OUT_OF_RANGE', 'range'],
  [2, 'CORRUPT_MESSAGE', 'insync'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'topic'],
  [4, 'INVALID_FETCH_SIZE', 'failed'],
  [5, 'LEADER_NOT_AVAILABLE', 'leader'],
  [6, 'NOT_LEADER_OR_FOLLOWER', 'leader'],
  [7, 'REQUEST_TIMED_OUT', 'busy'],
  [8, 'BROKER_NOT_AVAILABLE', 'leader'],
  [9, 'REPLICA_NOT_AVAILABLE', 'leader'],
  [10, 'MESSAGE_TOO_LARGE', 'rejected'],
  [11, 'STALE_CONTROLLER_EPOCH', 'failed'],
  [12, 'OFFSET_METADATA_TOO_LARGE', 'failed'],
  [13, 'NETWORK_EXCEPTION', 'leader'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'loading'],
  [15, 'COORDINATOR_NOT_AVAILABLE', 'coordinator'],
  [16, 'NOT_COORDINATOR', 'coordinator'],
  [17, 'INVALID_TOPIC_EXCEPTION', 'admin'],
  [18, 'RECORD_LIST_TOO_LARGE', 'rejected'],
  [19, 'NOT_ENOUGH_REPLICAS', 'insync'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'insync'],
  [21, 'INVALID_REQUIRED_ACKS', 'rejected'],
  [22, 'ILLEGAL_GENERATION', 'generation'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', 'group'],
  [24, 'INVALID_GROUP_ID', 'group'],
  [25, 'UNKNOWN_MEMBER_ID', 'generation'],
  [26, 'INVALID_SESSION_TIMEOUT', 'group'],
  [27, 'REBALANCE_IN_PROGRESS', 'generation'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', 'failed'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'denied'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'denied'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'denied'],
  [32, 'INVALID_TIMESTAMP', 'rejected'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'unauthenticated'],
  [34, 'ILLEGAL_SASL_STATE', 'unauthenticated'],
  [35, 'UNSUPPORTED_VERSION', 'version'],
  [36, 'TOPIC_ALREADY_EXISTS', 'admin'],
  [37, 'INVALID_PARTITIONS', 'admin'],
  [38, 'INVALID_REPLICATION_FACTOR', 'admin'],
  [39, 'INVALID_REPLICA_ASSIGNMENT', 'admin'],
  [40, 'INVALID_CONFIG', 'admin'],
  [41, 'NOT_CONTROLLER', 'leader'],
  [42, 'INVALID_REQUEST', 'failed'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'version'],
  [44, 'POLICY_VIOLATION', 'admin'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'abortable'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'abortable'],
  [47, 'INVALID_PRODUCER_EPOCH', 'fenced'],
  [48, 'INVALID_TXN_STATE', 'abortable'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', 'abortable'],
  [50, 'INVALID_TRANSACTION_TIMEOUT', 'rejected'],
  [51, 'CONCURRENT_TRANSACTIONS', 'loading'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', 'abortable'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'denied'],
  [54, 'SECURITY_DISABLED', 'failed'],
  [55, 'OPERATION_NOT_ATTEMPTED', 'abortable'],
  [56, 'KAFKA_STORAGE_ERROR', 'leader'],
  [57, 'LOG_DIR_NOT_FOUND', 'failed'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'unauthenticated'],
  [59, 'UNKNOWN_PRODUCER_ID', 'abortable'],
  [60, 'REASSIGNMENT_IN_PROGRESS', 'failed'],
  [61, 'DELEGATION_TOKEN_AUTH_DISABLED', 'failed'],
  [62, 'DELEGATION_TOKEN_NOT_FOUND', 'failed'],
  [63, 'DELEGATION_TOKEN_OWNER_MISMATCH', 'failed'],
  [64, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', 'failed'],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'denied'],
  [66, 'DELEGATION_TOKEN_EXPIRED', 'unauthenticated'],
  [67, 'INVALID_PRINCIPAL_TYPE', 'failed'],
  [68, 'NON_EMPTY_GROUP', 'failed'],
  [69, 'GROUP_ID_NOT_FOUND', 'group'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', 'busy'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', 'busy'],
  [72, 'LISTENER_NOT_FOUND', 'leader'],
  [73, 'TOPIC_DELETION_DISABLED', 'failed'],
  [74, 'FENCED_LEADER_EPOCH', 'leader'],
  [75, 'UNKNOWN_LEADER_EPOCH', 'leader'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'rejected'],
  [77, 'STALE_BROKER_EPOCH', 'failed'],
  [78, 'OFFSET_NOT_AVAILABLE', 'leader'],
  [79, 'MEMBER_ID_REQUIRED', 'generation'],
  [80, 'PREFERRED_LEADER_NOT_AVAILABLE', 'leader'],
  [81, 'GROUP_MAX_SIZE_REACHED', 'group'],
  [82, 'FENCED_INSTANCE_ID', 'member'],
  [83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', 'leader'],
  [84, 'ELECTION_NOT_NEEDED', 'failed'],
  [85, 'NO_REASSIGNMENT_IN_PROGRESS', 'failed'],
  [86, 'GROUP_SUBSCRIBED_TO_TOPIC', 'failed'],
  [87, 'INVALID_RECORD', 'rejected'],
  [88, 'UNSTABLE_OFFSET_COMMIT', 'loading'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', 'busy'],
  [90, 'PRODUCER_FENCED', 'fenced'],
  [91, 'RESOURCE_NOT_FOUND', 'failed'],
  [92, 'DUPLICATE_RESOURCE', 'failed'],
  [93, 'UNACCEPTABLE_CREDENTIAL', 'failed'],
  [94, 'INCONSISTENT_VOTER_SET', 'failed'],
  [95, 'INVALID_UPDATE_VERSION', 'failed'],
  [96, 'FEATURE_UPDATE_FAILED', 'failed'],
  [97, 'PRINCIPAL_DESERIALIZATION_FAILURE', 'failed'],
  [98, 'SNAPSHOT_NOT_FOUND', 'failed'],
  [99, 'POSITION_OUT_OF_RANGE', 'failed'],
  [100, 'UNKNOWN_TOPIC_ID', 'topic'],
  [101, 'DUPLICATE_BROKER_REGISTRATION', 'failed'],
  [102, 'BROKER_ID_NOT_REGISTERED', 'failed'],
  [103, 'INCONSISTENT_TOPIC_ID', 'topic'],
  [104, 'INCONSISTENT_CLUSTER_ID', 'failed'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', 'failed'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', 'topic'],
  [107, 'INELIGIBLE_REPLICA', 'failed'],
  [108, 'NEW_LEADER_ELECTED', 'leader'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', 'failed'],
  [110, 'FENCED_MEMBER_EPOCH', 'generation'],
  [111, 'UNRELEASED_INSTANCE_ID', 'group'],
  [112, 'UNSUPPORTED_ASSIGNOR', 'group'],
  [113, 'STALE_MEMBER_EPOCH', 'generation'],
  [114, 'MISMATCHED_ENDPOINT_TYPE', 'failed'],
  [115, 'UNSUPPORTED_ENDPOINT_TYPE', 'failed'],
  [116, 'UNKNOWN_CONTROLLER_ID', 'failed'],
  [117, 'UNKNOWN_SUBSCRIPTION_ID', 'failed'],
  [118, 'TELEMETRY_TOO_LARGE', 'failed'],
  [119, 'INVALID_REGISTRATION', 'failed'],
  [120, 'TRANSACTION_ABORTABLE', 'abortable'],
  [121, 'INVALID_RECORD_STATE', 'failed'],
  [122, 'SHARE_SESSION_NOT_FOUND', 'failed'],
  [123, 'INVALID_SHARE_SESSION_EPOCH', 'failed'],
  [124, 'FENCED_STATE_EPOCH', 'failed'],
  [125, 'INVALID_VOTER_KEY', 'failed'],
  [126, 'DUPLICATE_VOTER', 'failed'],
  [127, 'VOTER_NOT_FOUND', 'failed'],
  [128, 'INVALID_REGULAR_EXPRESSION', 'failed'],
  [129, 'REBOOTSTRAP_REQUIRED', 'leader'],
  [130, 'STREAMS_INVALID_TOPOLOGY', 'failed'],
  [131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', 'failed'],
  [132, 'STREAMS_TOPOLOGY_FENCED', 'failed'],
  [133, 'SHARE_SESSION_LIMIT_REACHED', 'failed'],
];

const byNumber = new Map<number, Handling>(
  table.map(([number, name, kind]) => [number, { name, ...kinds[kind] }]),
);
const byName = new Map<string, Handling>(
  [...byNumber.values()].map((entry) => [entry.name, entry]),
);

/** What to do about an error number; one that isn't known fails closed. Must not be asked about 0, which is no error. */
export function handlingOf(number: number): Handling {
  return byNumber.get(number) ?? { name: `ERROR_${number}`, ...kinds.failed };
}

/** The same by the protocol's name, as client libraries give it. */
export function handlingOfName(name: string): Handling | undefined {
  return byName.get(name);
}

/** Numbers of codes that code asks for one by one. */
export const errorNumbers = {
  offsetOutOfRange: 1,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidProducerIdMapping: 49,
  unknownProducerId: 59,
  unstableOffsetCommit: 88,
} as const;
