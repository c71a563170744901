/**
 * Random clusters and policy sets for the comparison with netpol-analyzer: everything that both judge, and nothing of what
 * `docs/network/judges.md` lists as known differences. Few names, labels and ports, so that policies meet.
 */
import fc from 'fast-check';

/** One Kubernetes object. */
export type KubernetesObject = Readonly<Record<string, unknown>>;

/** A random cluster: its objects in the order in which they are written, and the form of the file. */
export interface RandomManifests {
  readonly objects: readonly KubernetesObject[];
  readonly form: 'yaml' | 'json' | 'list';
}

const spaces = ['a', 'b', 'c', 'default'] as const;
const space = fc.constantFrom(...spaces);
const values = ['x', 'y', 'z', ''] as const;
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'env'), fc.constantFrom(...values), {
  maxKeys: 3,
});
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP');

const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom('app', 'tier', 'env', 'absent'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    key: fc.constantFrom('app', 'tier', 'env', 'absent'),
    operator: fc.constantFrom('Exists', 'DoesNotExist'),
  }),
);

const expressions = fc.array(expression, { maxLength: 3 });
const selector = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.record({ matchLabels: labels }) },
  { weight: 3, arbitrary: fc.record({ matchExpressions: expressions }) },
  { weight: 1, arbitrary: fc.record({ matchLabels: labels, matchExpressions: expressions }) },
);

const nameOfNamespace = 'kubernetes.io/metadata.name';
const namespaceSelector = fc.oneof(
  { weight: 2, arbitrary: selector },
  {
    weight: 1,
    arbitrary: fc.record({ matchLabels: fc.record({ [nameOfNamespace]: space }) }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        key: fc.constant(nameOfNamespace),
        operator: fc.constantFrom('In', 'NotIn'),
        values: fc.uniqueArray(space, { minLength: 1, maxLength: 2 }),
      })
      .map((one) => ({ matchExpressions: [one] })),
  },
);

/** Blocks that hold, touch, and cross one another, with exceptions that do as well. */
const block = fc
  .constantFrom<{ readonly cidr: string; readonly except: readonly string[] }[]>(
    { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '192.168.0.0/16'] },
    { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '10.1.0.0/16', '255.255.255.255/32'] },
    { cidr: '0.0.0.0/0', except: [] },
    { cidr: '0.0.0.0/1', except: ['127.0.0.0/8', '0.0.0.0/8'] },
    { cidr: '128.0.0.0/1', except: [] },
    { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/15'] },
    { cidr: '10.1.0.0/16', except: ['10.1.255.0/24'] },
    { cidr: '10.1.128.77/17', except: ['10.1.128.0/32'] },
    { cidr: '172.16.0.0/12', except: ['172.16.0.0/13', '172.24.0.0/13'] },
    { cidr: '192.168.7.7/32', except: [] },
  )
  .chain(({ cidr, except }) =>
    fc.oneof(
      fc.constant({ cidr }),
      fc.subarray([...except]).map((some) => ({ cidr, except: some })),
    ),
  );

const numbers = [1, 53, 80, 81, 443, 8080, 65_535] as const;
/**
 * Of two ranges one holds the other, or they have no port in common. `crossing port ranges`: netpol-analyzer loses what two ranges share
 * where neither holds the other.
 */
const portRanges = [
  [1, 65_535],
  [1, 1],
  [53, 8080],
  [80, 443],
  [80, 81],
  [442, 443],
  [8081, 65_535],
  [65_535, 65_535],
] as const;
const numberedPort = fc.oneof(
  { weight: 3, arbitrary: fc.record({ protocol, port: fc.constantFrom(...numbers) }) },
  { weight: 2, arbitrary: fc.record({ port: fc.constantFrom(...numbers) }) },
  { weight: 1, arbitrary: fc.record({ protocol }) },
  { weight: 1, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc
      .record({ protocol, range: fc.constantFrom(...portRanges) }, { requiredKeys: ['range'] })
      .map(({ range: [first, last], ...rest }) => ({ ...rest, port: first, endPort: last })),
  },
);
const portNames = ['web', 'dns', 'metrics'] as const;
const namedPort = fc.record(
  { protocol, port: fc.constantFrom(...portNames, 'nowhere') },
  { requiredKeys: ['port'] },
);

const podPeer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector }),
  fc.record({ podSelector: selector, namespaceSelector }),
);
const peer = fc.oneof(
  { weight: 4, arbitrary: podPeer },
  { weight: 1, arbitrary: fc.record({ ipBlock: block }) },
);
const port = fc.oneof({ weight: 4, arbitrary: numberedPort }, { weight: 1, arbitrary: namedPort });

/** Rules; an egress rule with a named port has pods as its only peers, since the judge refuses to look for names at addresses. */
const rules = (side: 'from' | 'to') =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record(
          {
            [side]: fc.array(peer, { maxLength: 3 }),
            ports: fc.array(side === 'from' ? port : numberedPort, { maxLength: 3 }),
          },
          { requiredKeys: [] },
        ),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          [side]: fc.array(podPeer, { minLength: 1, maxLength: 2 }),
          ports: fc.array(port, { minLength: 1, maxLength: 3 }),
        }),
      },
    ),
    { maxLength: 3 },
  );

const networkPolicy = fc.record({
  namespace: space,
  spec: fc.record(
    {
      podSelector: selector,
      policyTypes: fc.subarray(['Ingress', 'Egress']),
      ingress: fc.option(rules('from'), { freq: 12 }),
      egress: fc.option(rules('to'), { freq: 12 }),
    },
    { requiredKeys: [] },
  ),
});

const containerPort = fc.record({ number: fc.constantFrom(...numbers), protocol }, {});

/** Containers of one pod; a port name stands once in a pod, as its API demands. */
const containers = fc
  .record({
    count: fc.integer({ min: 1, max: 3 }),
    named: fc.uniqueArray(fc.constantFrom(...portNames)),
    ports: fc.array(fc.tuple(fc.nat(2), containerPort, fc.boolean()), { maxLength: 4 }),
  })
  .map(({ count, named, ports }) => {
    const names = [...named];
    const of = Array.from({ length: count }, (_, index) => ({
      name: `c${index}`,
      image: 'example/none:1',
      ports: [] as KubernetesObject[],
    }));
    for (const [at, { number, protocol: name }, plain] of ports)
      of[at % count]!.ports.push({
        ...(names.length > 0 ? { name: names.pop() } : {}),
        containerPort: number,
        ...(plain && name === 'TCP' ? {} : { protocol: name }),
      });
    return of;
  });

const podSpec = fc.record(
  { containers, hostNetwork: fc.boolean(), serviceAccountName: fc.constantFrom('default', 'web') },
  { requiredKeys: ['containers'] },
);
const replicas = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });

type PodSpec = typeof podSpec extends fc.Arbitrary<infer T> ? T : never;

interface WorkloadParts {
  readonly kind: (typeof workloadKinds)[number];
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  readonly replicas: number | undefined;
}

const workloadKinds = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Pod',
  'pods of a ReplicaSet',
] as const;

const workload = fc.record({
  kind: fc.constantFrom(...workloadKinds),
  namespace: space,
  labels,
  spec: podSpec,
  replicas,
});

/** Names don't depend on the kind: netpol-analyzer keeps pods by namespace and name of the workload alone. */
function objectsOf(parts: WorkloadParts, index: number): readonly KubernetesObject[] {
  const { kind, namespace, labels: own, spec } = parts;
  const name = `w${String.fromCharCode(97 + index)}`;
  const metadata = { name, ...(namespace === 'default' && index % 2 === 0 ? {} : { namespace }) };
  const template = { metadata: { labels: own }, spec };
  const count = parts.replicas === undefined ? {} : { replicas: parts.replicas };
  const labelSelector = { matchLabels: own };
  switch (kind) {
    case 'Deployment':
    case 'ReplicaSet':
      return [
        {
          apiVersion: 'apps/v1',
          kind,
          metadata,
          spec: { ...count, selector: labelSelector, template },
        },
      ];
    case 'StatefulSet': {
      const of = { ...count, serviceName: name, selector: labelSelector, template };
      return [{ apiVersion: 'apps/v1', kind, metadata, spec: of }];
    }
    case 'DaemonSet':
      return [
        { apiVersion: 'apps/v1', kind, metadata, spec: { selector: labelSelector, template } },
      ];
    case 'ReplicationController':
      return [{ apiVersion: 'v1', kind, metadata, spec: { ...count, selector: own, template } }];
    case 'Job': {
      const parallel = parts.replicas === undefined ? {} : { parallelism: parts.replicas };
      return [{ apiVersion: 'batch/v1', kind, metadata, spec: { ...parallel, template } }];
    }
    case 'CronJob': {
      const jobTemplate = { spec: { template } };
      return [
        { apiVersion: 'batch/v1', kind, metadata, spec: { schedule: '0 0 * * *', jobTemplate } },
      ];
    }
    case 'Pod':
      return [pod({ ...metadata, labels: own }, spec, index)];
    case 'pods of a ReplicaSet': {
      const ownerReferences = [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${name}set`,
          uid: '1',
          controller: true,
        },
      ];
      return Array.from({ length: Math.max(1, parts.replicas ?? 1) }, (_, replica) =>
        pod(
          { ...metadata, name: `${name}set${replica}`, labels: own, ownerReferences },
          spec,
          10 * index + replica,
        ),
      );
    }
  }
}

const pod = (metadata: KubernetesObject, spec: PodSpec, index: number): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec,
  status: {
    phase: 'Running',
    hostIP: '192.168.49.2',
    podIP: `10.1.0.${index + 1}`,
    podIPs: [{ ip: `10.1.0.${index + 1}` }],
  },
});

const namespace = fc.record({ name: space, labels: fc.option(labels), named: fc.boolean() });

/** A random cluster. Namespaces may be undeclared, unlabelled, or labelled by the API server already. */
export const randomManifests: fc.Arbitrary<RandomManifests> = fc
  .record({
    namespaces: fc.uniqueArray(namespace, { selector: ({ name }) => name, maxLength: 4 }),
    workloads: fc.array(workload, { minLength: 1, maxLength: 7 }),
    policies: fc.array(networkPolicy, { maxLength: 6 }),
    form: fc.constantFrom('yaml', 'json', 'list'),
  })
  .map(({ namespaces, workloads, policies, form }) => ({
    form,
    objects: [
      ...policies.map(({ namespace: of, spec }, index) => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: `n${index}`, ...(of === 'default' ? {} : { namespace: of }) },
        spec,
      })),
      ...workloads.flatMap((one, index) => objectsOf(one, index)),
      ...namespaces.map(({ name, labels: own, named }) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name,
          ...(own === null && !named
            ? {}
            : { labels: { ...own, ...(named ? { [nameOfNamespace]: name } : {}) } }),
        },
      })),
    ],
  }));
