/** What the findings of the flow map mean: verification passes them on as they are. */
import type { RuleText } from '../findings/report.ts';
import type { FlowFindingCode } from '../topology/flow-finding.ts';

export const flowRules: Readonly<Record<FlowFindingCode, RuleText>> = {
  BOOTSTRAP_ON_RAW: {
    title: 'A client without raw topics begins with a raw broker',
    help: 'Its bootstrap server is a broker that it must not reach. Let it begin with brokers that hold no raw topic.',
  },
  BOOTSTRAP_UNKNOWN: {
    title: 'No broker advertises a bootstrap server',
    help: 'The brokers behind it are not known, as with a Service in front of all of them. Name brokers by the hosts that they advertise.',
  },
  BROKER_ABSENT: {
    title: 'A broker holds replicas and is away',
    help: 'Its port is taken from another broker. Start it and take the snapshot again, or move its replicas.',
  },
  BROKER_POD_UNKNOWN: {
    title: 'The pod of a broker is not declared',
    help: 'Complete isolation.brokers: pods or addresses for every node id.',
  },
  BROKER_SHARED: {
    title: 'Raw and sanitized topics share a broker',
    help: 'No network policy can tell them apart. Move the partitions of one of the two kinds (kafka-reassign-partitions).',
  },
  CLUSTER_ABSENT: {
    title: 'The snapshot lacks a cluster',
    help: 'Take the snapshot again with this configuration.',
  },
  CLUSTER_SHARED: {
    title: 'A route stays in its cluster although the mode is cluster',
    help: 'Write to another cluster, or choose isolation.mode brokers.',
  },
  CONTROLLERS_ASSUMED: {
    title: 'The controllers of a cluster are not declared',
    help: 'Add isolation.brokers.<cluster>.controllers.',
  },
  COORDINATOR_ON_RAW: {
    title: 'The coordinator of a client is on a raw broker',
    help: 'A client without raw topics needs a broker that it must not reach. Move the partition of the internal topic.',
  },
  COORDINATOR_UNKNOWN: {
    title: 'The cluster can’t tell yet who coordinates',
    help: 'Its internal topic is not there. Use the cluster once, and take the snapshot again.',
  },
  FLOW_INTO_RAW: {
    title: 'A declared flow leads into a namespace of raw brokers',
    help: 'Make sure that its labels select no raw broker, or remove it.',
  },
  PARTY_UNDECLARED: {
    title: 'The anonymizer or the name service is not declared',
    help: 'Add isolation.anonymizer and isolation.dns.',
  },
  RAW_READER: {
    title: 'A client reads a raw topic past the anonymizer',
    help: 'Let it consume the sanitized topic, or accept that it sees raw records.',
  },
  SCOPE_INCOMPLETE: {
    title: 'A raw broker or the anonymizer is outside of the scope',
    help: 'Nothing is denied in its namespace. Add the namespace to isolation.scope.',
  },
  TOPIC_ABSENT: {
    title: 'A declared topic is not there',
    help: 'Nobody can tell which brokers hold it. Create it, and take the snapshot again.',
  },
  TOPIC_ON_RAW: {
    title: 'A client without raw topics uses a topic on a raw broker',
    help: 'Move its partitions to other brokers (kafka-reassign-partitions).',
  },
};
