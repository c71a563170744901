import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { isLetheError } from '../../../src/foundation/errors.ts';
import { readCluster, type LiveCluster } from '../../../src/isolation/cluster/read-cluster.ts';
import { workloadLabel } from '../../../src/isolation/manifests/objects.ts';
import {
  fakeApiServer,
  type FakeApiServer,
  type FakeList,
  type FakeOptions,
} from './fake-api-server.ts';

type Item = Readonly<Record<string, unknown>>;

const list = (
  version: string,
  plural: string,
  kind: string,
  ...items: readonly Item[]
): FakeList => ({
  version,
  plural,
  kind,
  items,
});

/** A live pod, owned by something. */
const pod = (
  name: string,
  labels: Item,
  owner?: readonly [string, string],
  more: Item = {},
): Item => ({
  metadata: {
    name,
    namespace: 'kafka',
    labels,
    ...(owner && {
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Other', name: 'x', uid: '0' },
        { apiVersion: 'v1', kind: owner[0], name: owner[1], uid: '1', controller: true },
      ],
    }),
  },
  spec: { nodeName: 'n1', containers: [{ name: 'main', ports: [{ containerPort: 9093 }] }] },
  status: { phase: 'Running', podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }, { ip: 'fd00::7' }] },
  ...more,
});

const controller = (name: string, owner?: readonly [string, string]): Item => ({
  metadata: {
    name,
    namespace: 'kafka',
    ...(owner && { ownerReferences: [{ kind: owner[0], name: owner[1], controller: true }] }),
  },
  spec: {
    replicas: 1,
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main' }] } },
  },
});

const policy: Item = {
  metadata: {
    name: 'open',
    namespace: 'kafka',
    labels: { 'app.kubernetes.io/managed-by': 'lethe' },
    managedFields: [{}],
  },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'x' } } }] }],
  },
};

interface Read {
  readonly server: FakeApiServer;
  readonly cluster: LiveCluster;
  /** What was complained about at severity `error`. */
  readonly errors: readonly string[];
}

async function read(t: TestContext, options: FakeOptions = {}): Promise<Read> {
  const server = await fakeApiServer(t, options);
  const cluster = await readCluster({
    kubeconfig: server.kubeconfig,
    requests: { pause: 1, attempts: 3, timeout: 2000 },
  });
  const errors = cluster.manifests.complaints
    .filter(({ severity }) => severity === 'error')
    .map(({ code, path, message }) => `${code} ${path}: ${message}`);
  return { server, cluster, errors };
}

const refusal = async (t: TestContext, options: FakeOptions): Promise<string> => {
  try {
    await read(t, options);
  } catch (error) {
    return isLetheError(error) ? `${error.code} ${error.message}` : String(error);
  }
  return 'nothing';
};

const labelsOf = ({ cluster }: Read): readonly string[] =>
  cluster.manifests.workloads.map(workloadLabel);

describe('a live cluster', () => {
  it('becomes what manifests become, with addresses and nodes', async (t) => {
    const found = await read(t, {
      lists: [
        list('v1', 'namespaces', 'Namespace', {
          metadata: { name: 'kafka', labels: { team: 'a' } },
        }),
        list('v1', 'pods', 'Pod', pod('kafka-0', { app: 'kafka' }, ['StatefulSet', 'kafka'])),
        list('apps/v1', 'statefulsets', 'StatefulSet', controller('kafka')),
        list('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', policy),
      ],
    });
    const { manifests, server } = found.cluster;
    assert.deepEqual(found.errors, []);
    assert.equal(server, found.server.url);
    assert.deepEqual(labelsOf(found), ['kafka/kafka[StatefulSet]']);
    const [shape] = manifests.workloads[0]!.shapes;
    assert.equal(
      manifests.workloads[0]!.shapes.length,
      1,
      'the template is no pod beside the pods',
    );
    assert.deepEqual(shape?.addresses, ['10.0.0.7', 'fd00::7']);
    assert.equal(shape.node, 'n1');
    assert.equal(shape.name, 'kafka-0');
    const [open] = manifests.policies;
    assert.equal(open?.kind, 'NetworkPolicy');
    // The models of the client would have made this a rule without peers, which lets everybody in.
    assert.equal(open.ingress[0]?.peers.length, 1);
    assert.deepEqual({ ...open.origin }, { file: 'NetworkPolicy/kafka/open', line: 0 });
    assert.equal(
      manifests.policyLabels.get('NetworkPolicy kafka/open')?.get('app.kubernetes.io/managed-by'),
      'lethe',
    );
    assert.equal(manifests.namespaces[0]?.labels.get('team'), 'a');
    assert.equal(found.server.headers()['authorization'], 'Bearer first');
  });

  it('follows owners to the controller that a human would name, listed or not', async (t) => {
    const found = await read(t, {
      lists: [
        list(
          'v1',
          'pods',
          'Pod',
          pod('web-1-a', { app: 'web' }, ['ReplicaSet', 'web-1']),
          pod('k-0', { app: 'k' }, ['StrimziPodSet', 'k']),
          pod('static', { app: 's' }, ['Node', 'n1']),
          pod('ring', { app: 'r' }, ['ReplicaSet', 'ring']),
          pod('alone', { app: 'l' }),
        ),
        list(
          'apps/v1',
          'replicasets',
          'ReplicaSet',
          controller('web-1', ['Deployment', 'web']),
          controller('web-0', ['Deployment', 'web']),
          controller('ring', ['ReplicaSet', 'ring']),
        ),
        list('apps/v1', 'deployments', 'Deployment', controller('web'), controller('idle')),
      ],
    });
    assert.deepEqual(labelsOf(found), [
      'kafka/alone[Pod]',
      'kafka/idle[Deployment]',
      'kafka/k[StrimziPodSet]',
      'kafka/ring[ReplicaSet]',
      'kafka/static[Pod]',
      'kafka/web[Deployment]',
    ]);
    assert.equal(found.cluster.manifests.workloads.at(-1)?.shapes.length, 1);
  });

  it('is read page by page, begun again where a list grew too old, and left when it never ends', async (t) => {
    const many = Array.from({ length: 1201 }, (_, at) => pod(`p${at}`, { app: `a${at}` }));
    const lists = [list('v1', 'pods', 'Pod', ...many)];
    const found = await read(t, { lists });
    assert.equal(labelsOf(found).length, 1201);
    const pages = found.server.requests.filter((path) => path.startsWith('/api/v1/pods'));
    assert.deepEqual(pages, [
      '/api/v1/pods?limit=500',
      '/api/v1/pods?limit=500&continue=500',
      '/api/v1/pods?limit=500&continue=1000',
    ]);
    const gone = { status: 410 };
    const again = await read(t, { lists, first: { '/api/v1/pods': [gone, gone] } });
    assert.equal(labelsOf(again).length, 1201);
    const never = await read(t, { lists, always: { '/api/v1/pods': gone } });
    assert.match(never.errors.join('\n'), /UNREADABLE kubernetes: list pods: .*answers 410/);
  });

  it('is asked again after 429, 5xx and broken connections, and not for ever', async (t) => {
    const found = await read(t, {
      first: {
        '/api/v1/pods': [
          { status: 429, headers: { 'retry-after': '0' } },
          { status: 503, text: 'no upstream' },
        ],
        '/apis': [{ status: 0 }],
      },
    });
    assert.deepEqual(found.errors, []);
    const down = await read(t, { always: { '/api/v1/services': { status: 500 } } });
    assert.match(down.errors[0] ?? '', /list services: list "services" again: .* answers 500/);
    assert.equal(down.server.requests.filter((path) => path.includes('services?')).length, 3);
  });

  it('with partial rights is read as far as it goes, and says which verb on what is missing', async (t) => {
    const message = 'networkpolicies.networking.k8s.io is forbidden: User "x" cannot list';
    const found = await read(t, {
      always: {
        '/apis/networking.k8s.io/v1/networkpolicies': { status: 403, body: { message } },
        '/apis/batch/v1/jobs': { status: 403, text: '<html>' },
      },
    });
    assert.deepEqual(found.errors, [
      'UNREADABLE kubernetes: list jobs.batch: grant the verb "list" on "jobs.batch" in all namespaces: no reason given',
      `UNREADABLE kubernetes: list networkpolicies.networking.k8s.io: grant the verb "list" on "networkpolicies.networking.k8s.io" in all namespaces: ${message}`,
    ]);
  });

  it('is asked for every kind that may be a policy, and says which flavours are not installed', async (t) => {
    const found = await read(t, {
      lists: [
        list('cilium.io/v2', 'ciliumnetworkpolicies', 'CiliumNetworkPolicy', {
          metadata: { name: 'c', namespace: 'kafka' },
          spec: { endpointSelector: {}, ingress: [{}] },
        }),
        list('cilium.io/v2', 'ciliumendpoints', 'CiliumEndpoint'),
        list('security.antrea.io/v1', 'things', 'ClusterPolicy', {
          metadata: { name: 'a' },
          spec: {},
        }),
        list('crd.projectcalico.org/v1', 'globalnetworkpolicies', 'GlobalNetworkPolicy'),
        list('projectcalico.org/v3', 'globalnetworkpolicies', 'GlobalNetworkPolicy'),
      ],
    });
    assert.deepEqual(
      found.cluster.manifests.policies.map(({ kind }) => kind),
      ['CiliumNetworkPolicy'],
    );
    assert.match(found.errors.join('\n'), /^UNKNOWN_POLICY ClusterPolicy\/a:0/);
    assert.deepEqual(found.cluster.absent, ['policy.networking.k8s.io']);
    const asked = found.server.requests.join('\n');
    assert.doesNotMatch(asked, /ciliumendpoints|crd\.projectcalico/);
    assert.match(asked, /projectcalico\.org\/v3\/globalnetworkpolicies/);
  });

  it('that does not tell what kinds it has is not read in full', async (t) => {
    const one = await read(t, {
      groups: ['metrics.example/v1'],
      always: { '/apis/metrics.example/v1': { status: 503 } },
    });
    assert.match(one.errors.join('\n'), /UNREADABLE kubernetes: metrics\.example: make the API/);
    const all = await read(t, { always: { '/apis': { status: 403 } } });
    assert.match(all.errors.join('\n'), /UNREADABLE kubernetes: all groups/);
    const absent = await read(t, { always: { '/api/v1/pods': { status: 404 } } });
    assert.match(absent.errors.join('\n'), /does not serve "pods" \(404\)/);
  });

  it('that takes no credentials, talks nonsense or is not there ends the reading', async (t) => {
    assert.match(
      await refusal(t, { always: { '/apis': { status: 401 } } }),
      /^KUBERNETES_UNAUTHORIZED/,
    );
    assert.match(
      await refusal(t, { always: { '/api/v1/pods': { status: 200, text: '<html>' } } }),
      /^KUBERNETES_RESPONSE_INVALID/,
    );
    assert.match(
      await refusal(t, { always: { '/api/v1/pods': { status: 200, body: { items: 1 } } } }),
      /^KUBERNETES_RESPONSE_INVALID/,
    );
    assert.match(
      await refusal(t, { always: { '/apis': { status: 0 } } }),
      /^KUBERNETES_UNREACHABLE/,
    );
  });
});
