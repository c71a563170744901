/** Every finding of verification: what it means, for the rules of SARIF and for the reference. */
import type { RuleText } from '../findings/report.ts';

/** Codes of what verification finds by itself; those of the flow map are passed on as they are. */
export type VerificationCode =
  | 'ACL_BROAD'
  | 'ACL_EXCESS'
  | 'ACL_MISSING'
  | 'ACL_WITHOUT_PATH'
  | 'BROKER_EXPOSED'
  | 'CILIUM_KAFKA_RULES'
  | 'CLUSTER_UNREADABLE'
  | 'EXCESS_FLOW'
  | 'HOLE_BY_OTHERS'
  | 'HOST_NETWORK_PARTY'
  | 'HOST_NETWORK_REACH'
  | 'MANIFEST_UNCLEAR'
  | 'MISSING_FLOW'
  | 'NAMESPACE_UNPROTECTED'
  | 'NAME_SERVICE_PORT'
  | 'NOTHING_TO_JUDGE'
  | 'PARTY_ABSENT'
  | 'PARTY_AMBIGUOUS'
  | 'PARTY_OVERLAP'
  | 'PARTY_UNPLACED'
  | 'POD_UNPROTECTED'
  | 'POLICY_SELECTS_NOTHING'
  | 'POLICY_UNKNOWN'
  | 'RULE_INERT'
  | 'RULE_MATCHES_NOTHING'
  | 'SECOND_HOP'
  | 'VERDICT_BY_IMPLEMENTATION';

/** What each code means. */
export const verificationRules: Readonly<Record<VerificationCode, RuleText>> = {
  ACL_BROAD: {
    title: 'An ACL opens raw topics to more than named principals',
    help: 'A wildcard principal, User:ANONYMOUS, a wildcard or prefixed topic, or allow.everyone.if.no.acl.found lets principals read or write raw topics that nobody named. Name principals and topics one by one.',
  },
  ACL_EXCESS: {
    title: 'An ACL lets an undeclared principal at a raw topic',
    help: 'The principal may read or write a raw topic, and no declared party that does so has this principal. Remove the ACL, or declare the client.',
  },
  ACL_MISSING: {
    title: 'A declared party has a network path and no ACL',
    help: 'Packets arrive, and Kafka refuses the request: the declared principal lacks an operation that its flows need.',
  },
  ACL_WITHOUT_PATH: {
    title: 'An ACL without a network path',
    help: 'The principal of a declared party may use a raw topic, and no declared flow or no policy lets the party reach every broker that holds it. One of the two is stale.',
  },
  BROKER_EXPOSED: {
    title: 'A door on nodes or outside leads to a raw broker or the anonymizer',
    help: 'What comes by NodePort, LoadBalancer, external address, Ingress or hostPort may arrive with the address of a node, which network policies let in, or doesn’t pass through the network of pods at all.',
  },
  CILIUM_KAFKA_RULES: {
    title: 'A Cilium policy still has Kafka rules',
    help: 'Cilium removed its Kafka rules: releases from 1.20 on drop the field, and what is left opens the whole port. Topics are kept apart by brokers and ACLs instead.',
  },
  CLUSTER_UNREADABLE: {
    title: 'The cluster could not be read in full',
    help: 'Objects that could not be listed were not judged, so nothing may be called verified. Grant the missing list permission, or read the objects from files.',
  },
  EXCESS_FLOW: {
    title: 'A connection is allowed that no flow declares',
    help: 'One of our own policies lets somebody at a raw broker or the anonymizer, or lets the anonymizer at somebody, without a declared flow. Generate the policies again, or declare the flow.',
  },
  HOLE_BY_OTHERS: {
    title: 'A policy of another owner opens what ours close',
    help: 'Network policies are a union: one more policy can only open, never close. This one lacks our ownership label and lets undeclared connections through. Narrow or remove it, or deny above it (ClusterNetworkPolicy in the Admin tier, Cilium ingressDeny, Calico Deny).',
  },
  HOST_NETWORK_PARTY: {
    title: 'A party is on the network of its node',
    help: 'Policies neither select nor reliably match pods with hostNetwork: they cannot be fenced. Give the pods a network of their own.',
  },
  HOST_NETWORK_REACH: {
    title: 'Pods on the network of a node reach raw brokers on the same node',
    help: 'A node always reaches the pods that run on it, and a pod with hostNetwork is the node to every policy. Keep such pods off the nodes of raw brokers (taints), or trust them.',
  },
  MANIFEST_UNCLEAR: {
    title: 'A manifest could not be understood as its author meant it',
    help: 'What was read may differ from what a cluster enforces. Nothing is verified until it is corrected.',
  },
  MISSING_FLOW: {
    title: 'A declared flow is not allowed',
    help: 'Policies deny a connection that the configuration and the placement of partitions ask for. Generate the policies again: partitions may have moved.',
  },
  NAMESPACE_UNPROTECTED: {
    title: 'A namespace in scope has no default deny',
    help: 'A pod that somebody adds to the namespace is not isolated in this direction. Add a policy that selects every pod of the namespace and has no rule.',
  },
  NAME_SERVICE_PORT: {
    title: 'The name service listens at another port than flows to it have',
    help: 'Policies are about the ports of pods, not of their Service. Declare isolation.dns.port: 5353 on OpenShift, 1053 for some builds of CoreDNS.',
  },
  NOTHING_TO_JUDGE: {
    title: 'There was nothing to judge',
    help: 'Without workloads, policies, or raw brokers among the pods every check passes, and that says nothing.',
  },
  PARTY_ABSENT: {
    title: 'A declared party has no pods in the manifests',
    help: 'Its flows were judged as if a pod had exactly the declared labels. Add its manifests, or correct its namespace and labels.',
  },
  PARTY_AMBIGUOUS: {
    title: 'Several workloads are the same party',
    help: 'All of them are let in by the same rules. Choose labels that only one workload has, unless all are meant.',
  },
  PARTY_OVERLAP: {
    title: 'The same pods are the anonymizer or a broker, and somebody else',
    help: 'Two declarations mean the same pods, so that what is declared for a client or an operator is allowed to the anonymizer or the broker, too. Choose labels that only one of them has.',
  },
  PARTY_UNPLACED: {
    title: 'Where a party is can’t be told from the declaration',
    help: 'A host name means no addresses to a network policy, so flows to it can’t be checked. Declare pods or an address.',
  },
  POD_UNPROTECTED: {
    title: 'No policy isolates a pod in scope',
    help: 'Kubernetes lets everybody reach a pod, and a pod reach everybody, until a policy selects it for that direction.',
  },
  POLICY_SELECTS_NOTHING: {
    title: 'A policy selects no pod',
    help: 'Its selector fits no pod of the manifests: a slip in a label, or a leftover.',
  },
  POLICY_UNKNOWN: {
    title: 'A policy of an unknown flavour',
    help: 'It may allow or deny connections in ways that were not judged. Nothing is verified while it is there.',
  },
  RULE_INERT: {
    title: 'policyTypes leaves out rules that are there',
    help: 'Rules of a direction that policyTypes does not name allow nothing. Name the direction, or remove the rules.',
  },
  RULE_MATCHES_NOTHING: {
    title: 'A rule names peers that nobody is',
    help: 'No pod of the manifests fits its peers: a slip in a label, or a leftover that opens a way for whoever gets these labels.',
  },
  SECOND_HOP: {
    title: 'Somebody undeclared reaches a workload that reaches raw brokers',
    help: 'Connect, mirrors, exporters and operators pass on what they can read. Whoever controls them or talks to them may have raw records at second hand. Isolate their ingress.',
  },
  VERDICT_BY_IMPLEMENTATION: {
    title: 'The implementation of the policies decides',
    help: 'The specification leaves open whether an ipBlock also means pods: Calico and kube-router say yes, Cilium says no. Select pods by labels.',
  },
};
