import { LetheError } from '../../foundation/errors.ts';

/** What can go wrong with a Kafka cluster, as far as the rest of Lethe tells it apart. */
export type KafkaErrorCode =
  | 'BROKER_UNREACHABLE'
  | 'TLS_FAILED'
  | 'AUTHENTICATION_FAILED'
  | 'AUTHORIZATION_DENIED'
  | 'TOPIC_MISSING'
  | 'TOPIC_REPLACED'
  | 'TOPIC_REJECTED'
  | 'OFFSET_OUT_OF_RANGE'
  | 'COORDINATOR_UNAVAILABLE'
  | 'GENERATION_STALE'
  | 'MEMBER_FENCED'
  | 'GROUP_REJECTED'
  | 'SINK_FENCED'
  | 'PRODUCE_REJECTED'
  | 'TRANSACTION_ABORTED'
  | 'TRANSACTION_OUTCOME_UNKNOWN'
  | 'PROTOCOL_UNSUPPORTED'
  | 'KAFKA_FAILED';

interface Meaning {
  readonly text: string;
  readonly remedy: string;
  /** True where the same work may succeed later without a change by a human. */
  readonly retriable: boolean;
}

/** Every code with its text, its remedy and whether a later attempt may succeed. */
export const kafkaErrorMeanings: Readonly<Record<KafkaErrorCode, Meaning>> = {
  BROKER_UNREACHABLE: {
    text: 'no broker answered',
    remedy:
      'check "bootstrapServers", the network policy, that the brokers run, and whether the listener wants "tls"',
    retriable: true,
  },
  TLS_FAILED: {
    text: 'the TLS handshake failed',
    remedy: 'check "tls": CA, client certificate, server name, and whether the listener uses TLS',
    retriable: false,
  },
  AUTHENTICATION_FAILED: {
    text: 'the broker refused the credentials',
    remedy: 'check "sasl": mechanism, user name, password or token file',
    retriable: false,
  },
  AUTHORIZATION_DENIED: {
    text: 'the broker denied access',
    remedy: 'grant the ACL that is named to the principal of this cluster',
    retriable: false,
  },
  TOPIC_MISSING: {
    text: 'a topic or partition does not exist',
    remedy: 'create the topic, or set "create: true" on the route',
    retriable: true,
  },
  TOPIC_REPLACED: {
    text: 'a topic was deleted and created anew, so that committed offsets mean other records',
    remedy: 'reset the offsets of the consumer group for this topic',
    retriable: false,
  },
  TOPIC_REJECTED: {
    text: 'the broker refused the topic as it was asked for',
    remedy: 'check its name, partitions, replication factor and configuration',
    retriable: false,
  },
  OFFSET_OUT_OF_RANGE: {
    text: 'the committed offset is not in the log any more: records were deleted before they were read',
    remedy: 'decide what to do about the loss, then reset the offsets of the consumer group',
    retriable: false,
  },
  COORDINATOR_UNAVAILABLE: {
    text: 'the coordinator did not answer in time',
    remedy: 'check the brokers that lead "__consumer_offsets" and "__transaction_state"',
    retriable: true,
  },
  GENERATION_STALE: {
    text: 'the consumer group has rebalanced',
    remedy: 'none: the partitions are assigned anew and read from the last commit',
    retriable: true,
  },
  MEMBER_FENCED: {
    text: 'another instance joined the consumer group under the same name',
    remedy: 'give every instance its own "instanceId"',
    retriable: false,
  },
  GROUP_REJECTED: {
    text: 'the coordinator refused this member of the consumer group',
    remedy: 'check "groupId" and "sessionTimeout" against the limits of the broker',
    retriable: false,
  },
  SINK_FENCED: {
    text: 'another instance took over the transactional id',
    remedy: 'give every instance its own "instanceId"; stop the older one',
    retriable: false,
  },
  PRODUCE_REJECTED: {
    text: 'the broker refused records',
    remedy:
      'check "max.message.bytes", "min.insync.replicas" and the timestamp limits of the topic',
    retriable: false,
  },
  TRANSACTION_ABORTED: {
    text: 'the transaction can not be committed',
    remedy: 'none: it is aborted and its records are read again',
    retriable: true,
  },
  TRANSACTION_OUTCOME_UNKNOWN: {
    text: 'the connection was lost while the transaction ended',
    remedy: 'none: the sink is opened again and reading goes on from what was committed',
    retriable: true,
  },
  PROTOCOL_UNSUPPORTED: {
    text: 'the broker lacks a protocol version that is needed',
    remedy: 'use Apache Kafka 3.7 or later',
    retriable: false,
  },
  KAFKA_FAILED: {
    text: 'the broker answered with an error that has no rule',
    remedy: 'look at the logs of the broker; this is a fault worth reporting',
    retriable: false,
  },
};

/** A failure of a Kafka cluster. `reason` is the broker's own name for it, such as `NOT_LEADER_OR_FOLLOWER`, where it gave one. */
export class KafkaError extends LetheError<KafkaErrorCode> {
  readonly reason: string | null;

  /** `action` says what was attempted and names its objects: `producing to topic "public.orders"`. */
  constructor(
    code: KafkaErrorCode,
    action: string,
    options: {
      readonly reason?: string | null;
      readonly retriable?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    const { text, remedy, retriable } = kafkaErrorMeanings[code];
    const reason = options.reason ?? null;
    const named = reason === null ? '' : ` (${reason})`;
    super(code, `${action} failed: ${text}${named}; ${remedy}`, {
      retriable: options.retriable ?? retriable,
      cause: options.cause,
    });
    this.reason = reason;
  }
}
