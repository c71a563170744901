/** The chart's admission guard in front of a real API server: what it refuses, and what it lets through. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { features, template } from '../helm/chart.ts';
import { startControlPlane, type ControlPlane } from '../rig/control-plane.ts';
import { until } from '../rig/ports.ts';

// The rig's controllers act as "admin", so no admin of the guard has that name or its group.
const over = `
admission:
  admins: { users: [platform], groups: [platform-team] }
  controllers: { statefulSet: [admin], replicaSet: [admin], deployment: [admin], cleanup: [admin] }
  rawNamespaces:
    - name: kafka
      networkPolicyEditors: [strimzi]
      hostAccess: [node-agent]
  identities:
    - name: brokers
      namespace: kafka
      podSelector: { app: kafka }
      serviceAccounts: [kafka]
      creators: [strimzi]
`;

const rogue = ['--as=rogue', '--as-group=tenants', '--as-group=system:authenticated'];
const as = (user: string, ...groups: readonly string[]) => [
  `--as=${user}`,
  ...[...groups, 'tenants', 'system:authenticated'].map((group) => `--as-group=${group}`),
];

const identity = {
  'app.kubernetes.io/name': 'lethe',
  'app.kubernetes.io/instance': 'lethe',
  'app.kubernetes.io/component': 'anonymizer',
};

interface PodShape {
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly account?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
}

const podSpec = ({ account, spec = {} }: PodShape) => ({
  ...(account === undefined ? {} : { serviceAccountName: account }),
  containers: [{ name: 'main', image: 'none' }],
  ...spec,
});

const pod = (shape: PodShape): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: shape.namespace ?? 'lethe',
      name: shape.name ?? 'rogue',
      labels: shape.labels ?? {},
    },
    spec: podSpec(shape),
  });

const workload = (kind: string, shape: PodShape): string => {
  const labels = shape.labels ?? {};
  const template = {
    metadata: { labels },
    spec: { ...podSpec(shape), ...(/Job$/.test(kind) ? { restartPolicy: 'Never' } : {}) },
  };
  const [apiVersion, spec] =
    kind === 'CronJob'
      ? ['batch/v1', { schedule: '* * * * *', jobTemplate: { spec: { template } } }]
      : kind === 'Job'
        ? ['batch/v1', { template }]
        : kind === 'ReplicationController'
          ? ['v1', { selector: labels, template }]
          : ['apps/v1', { selector: { matchLabels: labels }, template }];
  return JSON.stringify({
    apiVersion,
    kind,
    metadata: { namespace: 'lethe', name: 'rogue' },
    spec: kind === 'StatefulSet' ? { ...spec, serviceName: 'rogue' } : spec,
  });
};

const policy = (namespace: string): string =>
  JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: 'open' },
    spec: { podSelector: {}, ingress: [{}] },
  });

const binding = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'plain', namespace: 'lethe', labels },
    target: { apiVersion: 'v1', kind: 'Node', name: 'node' },
  });

const tokenSecret = (account: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: {
      namespace: 'lethe',
      name: 'token',
      annotations: { 'kubernetes.io/service-account.name': account },
    },
  });

/** One attempt: who, kubectl's arguments, the manifest, and what the guard says. */
interface Attempt {
  readonly what: string;
  readonly who: readonly string[];
  readonly args: readonly string[];
  readonly input?: string;
  /** Part of the refusal; null for what is let through. */
  readonly refused: RegExp | null;
}

const create = ['create', '--dry-run=server', '-f', '-'];
const mounting = (volume: object): PodShape => ({ spec: { volumes: [{ name: 'v', ...volume }] } });
const patch = (kind: string, name: string, namespace: string, change: object, sub = '') => [
  ...['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(change)],
  ...(sub === '' ? [] : [`--subresource=${sub}`]),
  '--dry-run=server',
];
const relabel = (labels: Readonly<Record<string, string | null>>) => ({ metadata: { labels } });

const owned = /made by its own controller only/;
const account = /run as service account lethe-anonymizer only/;
const admins = /made and changed by admins only/;
const neither = /neither given to nor taken from/;
const policies = /policies of this namespace/;
const labels = /labels of this namespace/;
const entered = /entered by admins only/;

const attempts: readonly Attempt[] = [
  {
    what: "a pod with the anonymizer's labels",
    who: rogue,
    args: create,
    input: pod({ labels: identity }),
    refused: account,
  },
  {
    what: "a pod with the anonymizer's labels and account",
    who: rogue,
    args: create,
    input: pod({ labels: identity, account: 'lethe-anonymizer' }),
    refused: owned,
  },
  {
    what: "a pod with the anonymizer's account alone",
    who: rogue,
    args: create,
    input: pod({ account: 'lethe-anonymizer' }),
    refused: owned,
  },
  {
    what: "an admin's pod with the labels and another account",
    who: as('platform'),
    args: create,
    input: pod({ labels: identity }),
    refused: account,
  },
  {
    what: 'a pod of the StatefulSet controller',
    who: as('admin'),
    args: create,
    input: pod({ labels: identity, account: 'lethe-anonymizer' }),
    refused: null,
  },
  {
    what: 'a plain pod',
    who: rogue,
    args: create,
    input: pod({ labels: { app: 'x' } }),
    refused: null,
  },
  {
    what: 'the labels in another namespace',
    who: rogue,
    args: create,
    input: pod({ namespace: 'tenant', labels: identity }),
    refused: null,
  },
  {
    what: 'the labels given to a plain pod',
    who: rogue,
    args: patch('pod', 'plain', 'lethe', relabel(identity)),
    refused: account,
  },
  {
    what: 'the labels given through pods/status',
    who: rogue,
    args: patch('pod', 'plain', 'lethe', relabel(identity), 'status'),
    refused: account,
  },
  {
    what: 'the labels given by a Binding',
    who: rogue,
    args: ['create', '--raw', '/api/v1/namespaces/lethe/pods/plain/binding?dryRun=All', '-f', '-'],
    input: binding(identity),
    refused: /labels of topology\.kubernetes\.io only/,
  },
  {
    what: 'the labels given by a Binding of the old form',
    who: rogue,
    args: ['create', '--raw', '/api/v1/namespaces/lethe/bindings?dryRun=All', '-f', '-'],
    input: binding(identity),
    refused: /labels of topology\.kubernetes\.io only/,
  },
  {
    what: 'a Binding with the labels of a zone',
    who: rogue,
    args: ['create', '--raw', '/api/v1/namespaces/lethe/pods/plain/binding?dryRun=All', '-f', '-'],
    input: binding({ 'topology.kubernetes.io/zone': 'a' }),
    refused: null,
  },
  {
    what: 'the labels taken from the anonymizer',
    who: rogue,
    args: patch(
      'pod',
      'lethe-anonymizer-0',
      'lethe',
      relabel({ 'app.kubernetes.io/component': null }),
    ),
    refused: neither,
  },
  {
    what: 'another label of the anonymizer',
    who: rogue,
    args: patch('pod', 'lethe-anonymizer-0', 'lethe', relabel({ note: 'x' })),
    refused: null,
  },
  ...['lethe', 'kafka'].flatMap((namespace) => [
    {
      what: `another label of a plain pod in ${namespace}`,
      who: rogue,
      args: patch('pod', 'plain', namespace, relabel({ note: 'x' })),
      refused: null,
    },
    {
      what: `what a kubelet tells of a plain pod in ${namespace}`,
      who: as('system:node:one', 'system:nodes'),
      args: patch('pod', 'plain', namespace, { status: { phase: 'Running' } }, 'status'),
      refused: null,
    },
  ]),
  {
    what: 'what a kubelet tells of the anonymizer',
    who: as('system:node:one', 'system:nodes'),
    args: patch('pod', 'lethe-anonymizer-0', 'lethe', { status: { phase: 'Running' } }, 'status'),
    refused: null,
  },
  {
    what: 'a token of the warden for a pod, by a kubelet',
    who: as('system:node:one', 'system:nodes'),
    args: ['create', 'token', 'lethe-warden', '-n', 'lethe'],
    refused: null,
  },
  {
    what: 'the end of a pod of the anonymizer',
    who: rogue,
    args: ['delete', 'pod', 'lethe-anonymizer-0', '-n', 'lethe', '--dry-run=server'],
    refused: null,
  },
  ...(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'] as const).map((kind) => ({
    what: `a ${kind} with the labels`,
    who: rogue,
    args: create,
    input: workload(kind, { labels: identity }),
    refused: admins,
  })),
  ...(['Job', 'CronJob', 'ReplicationController'] as const).map((kind) => ({
    what: `a ${kind} with the labels`,
    who: rogue,
    args: create,
    input: workload(kind, { labels: identity, account: 'lethe-anonymizer' }),
    refused: admins,
  })),
  {
    what: "a CronJob with the anonymizer's account alone",
    who: rogue,
    args: create,
    input: workload('CronJob', { labels: { app: 'x' }, account: 'lethe-anonymizer' }),
    refused: admins,
  },
  {
    what: "a Deployment with the anonymizer's account alone",
    who: rogue,
    args: create,
    input: workload('Deployment', { labels: { app: 'x' }, account: 'lethe-anonymizer' }),
    refused: admins,
  },
  {
    what: 'a plain Deployment',
    who: rogue,
    args: create,
    input: workload('Deployment', { labels: { app: 'x' } }),
    refused: null,
  },
  {
    what: "another image for the anonymizer's StatefulSet",
    who: rogue,
    args: [
      ...['set', 'image', 'statefulset/lethe-anonymizer', '-n', 'lethe', 'anonymizer=evil'],
      '--dry-run=server',
    ],
    refused: admins,
  },
  {
    what: "another image for the anonymizer's StatefulSet, by an admin's group",
    who: as('somebody', 'platform-team'),
    args: [
      ...['set', 'image', 'statefulset/lethe-anonymizer', '-n', 'lethe', 'anonymizer=new'],
      '--dry-run=server',
    ],
    refused: null,
  },
  {
    what: 'another image for a pod of the anonymizer that runs',
    who: rogue,
    args: [
      ...['set', 'image', 'pod/lethe-anonymizer-0', '-n', 'lethe', 'anonymizer=evil'],
      '--dry-run=server',
    ],
    refused: /that exists stays as it is/,
  },
  {
    what: 'another image for a plain pod that runs',
    who: rogue,
    args: ['set', 'image', 'pod/plain', '-n', 'lethe', 'main=new', '--dry-run=server'],
    refused: null,
  },
  {
    what: 'more instances',
    who: rogue,
    args: ['scale', 'statefulset/lethe-anonymizer', '-n', 'lethe', '--replicas=2'],
    refused: null,
  },
  ...[
    { what: 'a Secret with keys', volume: { secret: { secretName: 'lethe-keys' } } },
    {
      what: 'a projection of a Secret with keys',
      volume: { projected: { sources: [{ secret: { name: 'lethe-keys' } }] } },
    },
  ].map(({ what, volume }) => ({
    what: `a pod that mounts ${what}`,
    who: rogue,
    args: create,
    input: pod(mounting(volume)),
    refused: /secret lethe-keys is mounted by pods of service account lethe-anonymizer only/,
  })),
  {
    what: 'a pod that reads a key into its environment',
    who: rogue,
    args: create,
    input: pod({
      spec: {
        containers: [
          {
            name: 'main',
            image: 'none',
            env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 'lethe-keys', key: 'k' } } }],
          },
        ],
      },
    }),
    refused: /secret lethe-keys is read by pods/,
  },
  {
    what: 'a pod that reads all keys into its environment at its start',
    who: rogue,
    args: create,
    input: pod({
      spec: {
        initContainers: [
          { name: 'first', image: 'none', envFrom: [{ secretRef: { name: 'lethe-keys' } }] },
        ],
      },
    }),
    refused: /secret lethe-keys is read by pods/,
  },
  {
    what: 'a pod that mounts another Secret',
    who: rogue,
    args: create,
    input: pod(mounting({ secret: { secretName: 'mine' } })),
    refused: null,
  },
  ...['lethe', 'kafka'].flatMap((namespace) => [
    {
      what: `a policy in ${namespace}`,
      who: rogue,
      args: create,
      input: policy(namespace),
      refused: policies,
    },
    {
      what: `a policy in ${namespace}, by an admin`,
      who: as('platform'),
      args: create,
      input: policy(namespace),
      refused: null,
    },
    {
      what: `a policy in ${namespace}, by the warden`,
      who: as('system:serviceaccount:lethe:lethe-warden'),
      args: create,
      input: policy(namespace),
      refused: null,
    },
    {
      what: `a policy in ${namespace}, by another account of that name`,
      who: as('system:serviceaccount:tenant:lethe-warden'),
      args: create,
      input: policy(namespace),
      refused: policies,
    },
    {
      what: `an operator's policy in ${namespace}`,
      who: as('strimzi'),
      args: create,
      input: policy(namespace),
      refused: namespace === 'kafka' ? null : policies,
    },
    {
      what: `another label for namespace ${namespace}`,
      who: rogue,
      args: patch('namespace', namespace, '', relabel({ team: 'x' })),
      refused: labels,
    },
    {
      what: `another label for namespace ${namespace}, by an admin`,
      who: as('platform'),
      args: patch('namespace', namespace, '', relabel({ team: 'x' })),
      refused: null,
    },
    {
      what: `another annotation for namespace ${namespace}`,
      who: rogue,
      args: patch('namespace', namespace, '', { metadata: { annotations: { note: 'x' } } }),
      refused: null,
    },
    {
      what: `another label for namespace ${namespace} through its status`,
      who: rogue,
      args: patch('namespace', namespace, '', relabel({ team: 'x' }), 'status'),
      refused: labels,
    },
    ...['finalize'].map((sub) => ({
      what: `another label for namespace ${namespace} through ${sub}`,
      who: rogue,
      args: [
        ...['replace', '--raw', `/api/v1/namespaces/${namespace}/${sub}?dryRun=All`, '-f', '-'],
      ],
      input: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { team: 'x' } },
        spec: { finalizers: ['kubernetes'] },
      }),
      refused: labels,
    })),
  ]),
  {
    what: 'the removal of the default deny',
    who: rogue,
    args: ['delete', 'networkpolicy', 'lethe-namespace-deny', '-n', 'lethe', '--dry-run=server'],
    refused: policies,
  },
  {
    what: 'the removal of all policies at once',
    who: rogue,
    args: ['delete', 'networkpolicy', '--all', '-n', 'lethe', '--dry-run=server'],
    refused: policies,
  },
  {
    what: 'a policy that is widened',
    who: rogue,
    args: patch('networkpolicy', 'lethe-anonymizer-allow', 'lethe', { spec: { egress: [{}] } }),
    refused: policies,
  },
  {
    what: 'a policy elsewhere',
    who: rogue,
    args: create,
    input: policy('tenant'),
    refused: null,
  },
  {
    what: 'another label for another namespace',
    who: rogue,
    args: patch('namespace', 'tenant', '', relabel({ team: 'x' })),
    refused: null,
  },
  ...(
    [
      ['hostNetwork', { hostNetwork: true }, /leave out hostNetwork/],
      ['hostPID', { hostPID: true }, /leave out hostPID/],
      ['hostIPC', { hostIPC: true }, /leave out hostPID/],
      [
        'a hostPath volume',
        { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
        /leave out hostPath/,
      ],
      [
        'a hostPort',
        {
          containers: [
            { name: 'main', image: 'none', ports: [{ containerPort: 1, hostPort: 9092 }] },
          ],
        },
        /leave out hostPort/,
      ],
      [
        'a hostPort of an init container',
        {
          initContainers: [
            { name: 'first', image: 'none', ports: [{ containerPort: 1, hostPort: 9092 }] },
          ],
        },
        /leave out hostPort/,
      ],
      [
        'a privileged container',
        {
          containers: [{ name: 'main', image: 'none', securityContext: { privileged: true } }],
        },
        /leave out privileged/,
      ],
    ] as const
  ).flatMap(([what, spec, refused]) => [
    {
      what: `${what} beside the brokers`,
      who: rogue,
      args: create,
      input: pod({ namespace: 'kafka', spec }),
      refused,
    },
    {
      what: `${what} beside the brokers, for a listed account`,
      who: rogue,
      args: create,
      input: pod({ namespace: 'kafka', account: 'node-agent', spec }),
      refused: null,
    },
    {
      what: `${what} elsewhere`,
      who: rogue,
      args: create,
      input: pod({ namespace: 'tenant', spec }),
      refused: null,
    },
  ]),
  {
    what: "a pod with the brokers' labels and account",
    who: rogue,
    args: create,
    input: pod({ namespace: 'kafka', labels: { app: 'kafka' }, account: 'kafka' }),
    refused: owned,
  },
  {
    what: 'a broker, by its operator',
    who: as('strimzi'),
    args: create,
    input: pod({ namespace: 'kafka', labels: { app: 'kafka' }, account: 'kafka' }),
    refused: null,
  },
  {
    what: 'another pod of the account of brokers',
    who: rogue,
    args: create,
    input: pod({ namespace: 'kafka', account: 'kafka' }),
    refused: null,
  },
  ...['lethe', 'kafka'].map((namespace) => ({
    what: `a shell in a pod of ${namespace}`,
    who: rogue,
    args: ['exec', '-n', namespace, 'plain', '--', 'sh'],
    refused: entered,
  })),
  {
    what: 'a port forwarded from a pod',
    who: rogue,
    args: ['get', '--raw', '/api/v1/namespaces/lethe/pods/plain:8080/proxy/metrics'],
    refused: entered,
  },
  {
    what: 'a container added to a pod that runs',
    who: rogue,
    args: patch(
      'pod',
      'lethe-anonymizer-0',
      'lethe',
      { spec: { ephemeralContainers: [{ name: 'in', image: 'evil' }] } },
      'ephemeralcontainers',
    ),
    refused: entered,
  },
  {
    what: 'other rules',
    who: rogue,
    args: patch('configmap', 'lethe-anonymizer', 'lethe', { data: { 'lethe.yaml': 'x' } }),
    refused: /configuration, keys and credentials/,
  },
  {
    what: 'other rules, by an admin',
    who: as('platform'),
    args: patch('configmap', 'lethe-anonymizer', 'lethe', { data: { 'lethe.yaml': 'x' } }),
    refused: null,
  },
  {
    what: 'other keys',
    who: rogue,
    args: patch('secret', 'lethe-keys', 'lethe', { data: { k: 'eA==' } }),
    refused: /configuration, keys and credentials/,
  },
  {
    what: 'keys that are taken away',
    who: rogue,
    args: ['delete', 'secret', 'lethe-keys', '-n', 'lethe', '--dry-run=server'],
    refused: /configuration, keys and credentials/,
  },
  {
    what: 'a Secret of somebody else',
    who: rogue,
    args: ['create', 'secret', 'generic', 'mine', '-n', 'lethe', '--dry-run=server'],
    refused: null,
  },
  {
    what: 'a token of the warden',
    who: rogue,
    args: ['create', 'token', 'lethe-warden', '-n', 'lethe'],
    refused: /made for its pods only/,
  },
  {
    what: 'a token of another account',
    who: rogue,
    args: ['create', 'token', 'default', '-n', 'lethe'],
    refused: null,
  },
  {
    what: 'a token of the warden that never ends',
    who: rogue,
    args: create,
    input: tokenSecret('lethe-warden'),
    refused: /no Secrets with tokens/,
  },
  {
    what: 'a token of another account that never ends',
    who: rogue,
    args: create,
    input: tokenSecret('default'),
    refused: null,
  },
];

describe('the admission guard', () => {
  let plane: ControlPlane;

  before(async () => {
    plane = await startControlPlane({ controllers: true });
    for (const namespace of ['lethe', 'kafka', 'tenant', 'crm'])
      await plane.kubectl(['create', 'namespace', namespace]);
    await until('default accounts', async () => {
      const { out } = await plane.tryKubectl(['get', 'serviceaccount', '-A', '--no-headers']);
      return ['lethe', 'kafka', 'tenant'].every((name) => out.includes(`${name} `));
    });
    // Only the guard stands between a tenant and everything.
    await plane.kubectl([
      ...['create', 'clusterrolebinding', 'tenants', '--clusterrole=cluster-admin'],
      '--group=tenants',
    ]);
    await plane.kubectl(['create', 'secret', 'generic', 'lethe-keys', '-n', 'lethe']);
    for (const namespace of ['lethe', 'kafka'])
      await plane.kubectl(
        ['create', '-f', '-'],
        pod({ namespace, name: 'plain', labels: { app: 'plain' } }),
      );
    const { code, out, err } = await template({ values: ['warden-enforce-values.yaml'], over });
    assert.equal(code, 0, err);
    await plane.apply(appliable(out));
    await until('the guard to be in force', async () => {
      const attempt = await plane.tryKubectl([...create, ...rogue], pod({ labels: identity }));
      return attempt.code !== 0;
    });
    await until('the anonymizer', async () => {
      const found = await plane.tryKubectl(['get', 'pod', 'lethe-anonymizer-0', '-n', 'lethe']);
      return found.code === 0;
    });
  });
  after(() => plane.stop());

  test('has no expression that the API server warns about', async () => {
    const list = JSON.parse(
      await plane.kubectl(['get', 'validatingadmissionpolicies', '-o', 'json']),
    ) as {
      readonly items: readonly {
        readonly metadata: { readonly name: string; readonly generation: number };
        readonly status?: {
          readonly observedGeneration?: number;
          readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] };
        };
      }[];
    };
    assert.ok(list.items.length > 10);
    for (const { metadata, status } of list.items) {
      assert.equal(status?.observedGeneration, metadata.generation, metadata.name);
      assert.deepEqual(status.typeChecking?.expressionWarnings ?? [], [], metadata.name);
    }
  });

  for (const file of features)
    test(`lets an admin apply ${file}, in which the API server finds no unknown field`, async () => {
      const { out } = await template({ values: [file] });
      await plane.apply(appliable(out), [
        '--dry-run=server',
        '--force-conflicts',
        ...as('platform'),
      ]);
    });

  for (const { what, who, args, input, refused } of attempts)
    test(`${refused === null ? 'lets through' : 'refuses'}: ${what}`, async () => {
      const { code, err } = await plane.tryKubectl([...args, ...who], input);
      if (refused !== null) {
        assert.notEqual(code, 0);
        assert.match(err, refused);
        assert.match(err, /ValidatingAdmissionPolicy/);
      } else {
        assert.doesNotMatch(err, /ValidatingAdmissionPolicy/);
        assert.equal(code, 0, err);
      }
    });
});

/** What `helm install` applies: no hooks; and no resources of other projects, which are not here. */
function appliable(manifests: string): string {
  const absent = /helm\.sh\/hook|^kind: (PodMonitor|PrometheusRule|ScaledObject)$/m;
  return manifests
    .split(/^---$/m)
    .filter((text) => !absent.test(text))
    .join('---');
}
