/** What a flavour can't do, or can do only on a condition, for the map at hand. */
import { strimziClusters, userOf } from './strimzi-users.ts';
import type { Finding } from '../findings/finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Flavour } from './flavours.ts';

/** The findings of one flavour about one map. */
export function flavourFindings(map: FlowMap, flavour: Flavour): readonly Finding[] {
  switch (flavour) {
    case 'networkpolicy':
      return strimziFindings(map, {
        severity: 'warning',
        effect: 'and what any policy allows is allowed: it voids what is generated here',
      });
    case 'clusternetworkpolicy':
      return strimziFindings(map, {
        severity: 'warning',
        effect:
          'the Admin tier denies it for pods; it still holds for sources outside of the cluster, which that tier can not name',
      });
    case 'calico':
      return [];
    case 'cilium':
      return ciliumFindings(map);
    case 'kafka-acl':
      return principalFindings(map);
    case 'strimzi-user':
      return [...principalFindings(map), ...userFindings(map)];
  }
}

const plain = { deciders: [], path: [] } as const;

function strimziFindings(
  map: FlowMap,
  { severity, effect }: { readonly severity: Finding['severity']; readonly effect: string },
): readonly Finding[] {
  return [...strimziClusters(map)].map(([cluster, { namespace, name }]) => ({
    ...plain,
    code: 'STRIMZI_POLICY',
    severity,
    subject: cluster,
    message: `the Strimzi operator adds NetworkPolicy "${namespace}/${name}-network-policy-kafka", which opens listeners and metrics to everybody: ${effect}`,
    remedy:
      'set networkPolicyPeers for each listener of the Kafka object, or STRIMZI_NETWORK_POLICY_GENERATION=false for the operator, or choose flavour calico or cilium',
  }));
}

/** Label keys that Cilium leaves out of identities unless told otherwise (cilium#28003). */
const ignored: ReadonlySet<string> = new Set([
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
]);

function ciliumFindings({ parties }: FlowMap): readonly Finding[] {
  const keys = new Set(
    parties.flatMap(({ place }) => (place?.kind === 'pods' ? Object.keys(place.podSelector) : [])),
  );
  return [...keys]
    .filter((key) => ignored.has(key))
    .toSorted()
    .map((key) => ({
      ...plain,
      code: 'CILIUM_LABEL',
      severity: 'warning',
      subject: key,
      message: `Cilium leaves the label "${key}" out of identities unless it is told otherwise, and then these policies select no pod`,
      remedy: `add "k8s:${key}" to the labels that the agent is configured with (Helm value "labels"), or select the brokers by labels of their own in isolation.brokers`,
    }));
}

function principalFindings({ grants }: FlowMap): readonly Finding[] {
  const parties = new Set(
    grants.filter(({ principal }) => principal === null).map(({ party }) => party),
  );
  return [...parties].toSorted().map((party) => ({
    ...plain,
    code: 'PRINCIPAL_UNDECLARED',
    severity: 'warning',
    subject: party,
    message: 'nothing tells who this is to the authorizer of Kafka: it gets no right',
    remedy:
      party === 'anonymizer'
        ? 'add isolation.anonymizer.principal'
        : 'add the principal to isolation.clients',
  }));
}

function userFindings(map: FlowMap): readonly Finding[] {
  const strimzi = strimziClusters(map);
  const clusters = new Set(map.grants.map(({ cluster }) => cluster));
  const principals = new Set(
    map.grants.flatMap(({ cluster, principal }) =>
      principal !== null && strimzi.has(cluster) && userOf(principal) === null ? [principal] : [],
    ),
  );
  return [
    ...[...clusters]
      .filter((cluster) => !strimzi.has(cluster))
      .toSorted()
      .map((cluster): Finding => ({
        ...plain,
        code: 'STRIMZI_UNDECLARED',
        severity: 'warning',
        subject: cluster,
        message: `the cluster "${cluster}" is not declared as one of Strimzi, so it gets no users`,
        remedy: 'set isolation.brokers pods to strimzi/NAME, or choose flavour kafka-acl',
      })),
    ...[...principals].toSorted().map((principal): Finding => ({
      ...plain,
      code: 'PRINCIPAL_NO_USER',
      severity: 'warning',
      subject: principal,
      message: 'no KafkaUser can have this principal: its name would be no name of an object',
      remedy: 'write "User:NAME" or "User:CN=NAME" in small letters, or choose flavour kafka-acl',
    })),
  ];
}
