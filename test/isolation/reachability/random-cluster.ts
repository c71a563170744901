/** Random small clusters, dense enough that policies meet: few names, few labels, few ports, few addresses. */
import fc from 'fast-check';

const name = (letters: readonly string[]) => fc.constantFrom(...letters);
const labels = fc.dictionary(name(['app', 'tier']), name(['x', 'y', 'z']), { maxKeys: 2 });

const expression = fc.oneof(
  fc.record({
    key: name(['app', 'tier', 'env']),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(name(['x', 'y', 'z']), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    key: name(['app', 'tier', 'env']),
    operator: fc.constantFrom('Exists', 'DoesNotExist'),
  }),
);

const selector = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ matchLabels: labels }) },
  { weight: 2, arbitrary: fc.record({ matchExpressions: fc.array(expression, { maxLength: 2 }) }) },
);

const namespaceSelector = fc.oneof(
  selector,
  fc.record({ matchLabels: fc.record({ 'kubernetes.io/metadata.name': name(['a', 'b']) }) }),
);

const blocks = [
  { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] },
  { cidr: '10.1.0.0/24' },
  { cidr: '0.0.0.0/0', except: ['10.1.0.0/31', '192.168.0.0/16'] },
  { cidr: 'fd00::/8', except: ['fd00::/64'] },
];

const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP');

const port = fc.oneof(
  fc.record({ protocol, port: fc.constantFrom(80, 81, 443) }),
  fc.record({ port: fc.constantFrom(80, 443) }),
  fc.record({ protocol }),
  fc.record({ protocol, port: fc.constant(79), endPort: fc.constantFrom(80, 442) }),
  fc.record({ protocol, port: fc.constantFrom('web', 'dns') }),
);

const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector }),
  fc.record({ podSelector: selector, namespaceSelector }),
  fc.record({ ipBlock: fc.constantFrom(...blocks) }),
);

const rules = (side: 'from' | 'to') =>
  fc.array(
    fc.record(
      { [side]: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  );

const networkPolicy = fc.record({
  namespace: name(['a', 'b']),
  spec: fc.record(
    {
      podSelector: selector,
      policyTypes: fc.subarray(['Ingress', 'Egress']),
      ingress: rules('from'),
      egress: rules('to'),
    },
    { requiredKeys: ['podSelector'] },
  ),
});

const clusterPort = fc.oneof(
  fc.constantFrom('tcp', 'udp').chain((key) =>
    fc.record({
      [key]: fc.constantFrom(
        { destinationPort: { number: 80 } },
        { destinationPort: { range: { start: 80, end: 443 } } },
        { destinationPort: { number: 81 } },
      ),
    }),
  ),
  fc.constant({ destinationNamedPort: 'web' }),
);

const clusterPeer = fc.oneof(
  fc.record({ namespaces: namespaceSelector }),
  fc.record({ pods: fc.record({ namespaceSelector, podSelector: selector }) }),
);

const clusterRules = (side: 'from' | 'to') =>
  fc.array(
    fc.record(
      {
        action: fc.constantFrom('Accept', 'Deny', 'Pass'),
        [side]: fc.array(
          side === 'from'
            ? clusterPeer
            : fc.oneof(clusterPeer, fc.constant({ networks: ['10.1.0.0/16'] })),
          { minLength: 1, maxLength: 2 },
        ),
        protocols: fc.array(clusterPort, { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ['action', side] },
    ),
    { maxLength: 3 },
  );

const clusterPolicy = fc.record({
  tier: fc.constantFrom('Admin', 'Baseline'),
  subject: clusterPeer,
  ingress: clusterRules('from'),
  egress: clusterRules('to'),
});

const pod = fc.record({
  namespace: name(['a', 'b']),
  labels,
  web: fc.constantFrom(80, 81),
  dns: fc.constantFrom('TCP', 'UDP'),
});

/** Manifests of a random cluster as JSON text. */
export const randomCluster = fc
  .record({
    tier: name(['x', 'y']),
    pods: fc.array(pod, { minLength: 1, maxLength: 5 }),
    policies: fc.array(networkPolicy, { maxLength: 4 }),
    clusterPolicies: fc.array(clusterPolicy, { maxLength: 3 }),
  })
  .map(({ tier, pods, policies, clusterPolicies }) =>
    JSON.stringify([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels: { tier } } },
      ...pods.map((one, index) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `p${index}`, namespace: one.namespace, labels: one.labels },
        spec: {
          containers: [
            {
              ports: [
                { name: 'web', containerPort: one.web },
                { name: 'dns', containerPort: 443, protocol: one.dns },
              ],
            },
          ],
        },
        status: { podIP: `10.1.0.${index}` },
      })),
      ...policies.map(({ namespace, spec }, index) => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: `n${index}`, namespace },
        spec,
      })),
      ...clusterPolicies.map((spec, index) => ({
        apiVersion: 'policy.networking.k8s.io/v1alpha2',
        kind: 'ClusterNetworkPolicy',
        metadata: { name: `c${index}` },
        spec: { ...spec, priority: index },
      })),
    ]),
  );
