import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { workloadLabel } from '../../../src/isolation/manifests/objects.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';
import { pod, policy } from '../reachability/scene.ts';

const read = (text: string): Manifests => parseManifests([{ name: 'm.yaml', text }]);
const complaintsOf = (text: string): readonly string[] =>
  read(text).complaints.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
const labelsOf = (text: string): readonly string[] => read(text).workloads.map(workloadLabel);

const deployment = (name: string, extra = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: a${extra}}
spec: {template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{ports: [{containerPort: 80}]}]}}}`;

describe('manifests', () => {
  it('are read from streams, lists, typed lists and JSON alike', () => {
    const [one, two] = [pod('a/one'), pod('a/two')];
    const indent = (text: string): string => text.replaceAll('\n', '\n    ');
    const expected = ['a/one[Pod]', 'a/two[Pod]'];
    assert.deepEqual(labelsOf(`${one}\n---\n${two}\n...\n`), expected);
    const items = `items:\n  - ${indent(one)}\n  - ${indent(two)}`;
    assert.deepEqual(labelsOf(`apiVersion: v1\nkind: List\n${items}`), expected);
    const json = ['one', 'two'].map((name) => ({ metadata: { name, namespace: 'a' }, spec: {} }));
    const typed = { kind: 'PodList', apiVersion: 'v1', items: json };
    assert.deepEqual(labelsOf(JSON.stringify(typed)), expected);
    const list = json.map((item) => ({ kind: 'Pod', apiVersion: 'v1', ...item }));
    assert.deepEqual(labelsOf(JSON.stringify(list)), expected);
  });

  it('give the same value in any order', () => {
    const texts = [pod('a/one'), pod('b/two'), deployment('d'), policy('a/p', '{podSelector: {}}')];
    const shape = (all: readonly string[]): unknown => {
      const { workloads, namespaces, policies } = read(all.join('\n---\n'));
      return [
        workloads.map(workloadLabel),
        namespaces.map(({ name }) => name),
        policies.map(({ name }) => name),
      ];
    };
    assert.deepEqual(shape(texts), shape(texts.toReversed()));
  });

  it('merge replicas under the owner, declared or not, and static pods under nobody', () => {
    const owned = (name: string, owner: string): string =>
      pod(`a/${name}`).replace('labels: {}', `ownerReferences: [${owner}]`);
    const replicaSet = deployment(
      'rs',
      ', ownerReferences: [{kind: Deployment, name: top, controller: true}]',
    ).replace('kind: Deployment\n', 'kind: ReplicaSet\n');
    assert.deepEqual(
      labelsOf(
        [
          owned('p1', '{kind: ReplicaSet, name: rs, controller: true}'),
          owned('p2', '{kind: ReplicaSet, name: gone, controller: true}'),
          owned('p3', '{name: bare}'),
          owned('p4', '{kind: Node, name: n1, controller: true}'),
          replicaSet,
          deployment('top'),
        ].join('\n---\n'),
      ),
      ['a/bare[Pod]', 'a/gone[ReplicaSet]', 'a/p4[Pod]', 'a/top[Deployment]'],
    );
  });

  it('survive rings of owners', () => {
    const ring = deployment('r', ', ownerReferences: [{kind: Deployment, name: r}]');
    assert.deepEqual(labelsOf(ring), ['a/r[Deployment]']);
  });

  it('leave out pods that have ended', () => {
    assert.deepEqual(
      labelsOf(
        `${pod('a/done').replace('status: {}', 'status: {phase: Succeeded}')}\n---\n${pod('a/up')}`,
      ),
      ['a/up[Pod]'],
    );
  });

  it('take every kind with a pod template as a workload', () => {
    const rollout = deployment('x')
      .replace('apps/v1', 'argoproj.io/v1alpha1')
      .replace('Deployment', 'Rollout');
    const cron = `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c, namespace: a}\nspec: {jobTemplate: {spec: {template: {metadata: {labels: {app: c}}, spec: {containers: []}}}}}`;
    assert.deepEqual(labelsOf(`${rollout}\n---\n${cron}`), ['a/c[CronJob]', 'a/x[Rollout]']);
    assert.equal(read(cron).workloads[0]?.shapes[0]?.labels.get('app'), 'c');
  });

  it('name every namespace that is used, with its name among its labels', () => {
    const { namespaces } = read(
      `${pod('a/x')}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {kubernetes.io/metadata.name: lie}}`,
    );
    assert.deepEqual(
      namespaces.map(({ name, labels }) => [name, labels.get('kubernetes.io/metadata.name')]),
      [
        ['a', 'a'],
        ['b', 'b'],
      ],
    );
  });

  it('count ports of containers and sidecars, not of init containers that end', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  initContainers:
    - {ports: [{name: gone, containerPort: 1}]}
    - {restartPolicy: Always, ports: [{name: side, containerPort: 2}]}
  containers: [{ports: [{name: main, containerPort: 3}]}]`;
    assert.deepEqual(
      read(text).workloads[0]?.shapes[0]?.ports.map(({ name }) => name),
      ['main', 'side'],
    );
  });
});

describe('complaints about manifests', () => {
  for (const [what, text, expected] of [
    [
      'broken YAML, and only the document that it stands in',
      `${pod('a/x')}\n---\na: b: c\n---\n${pod('a/y')}`,
      ['error INVALID_SYNTAX m.yaml:10'],
    ],
    [
      'the same key twice',
      'apiVersion: v1\nkind: Pod\nkind: Pod\nmetadata: {name: x}',
      ['error DUPLICATE_KEY m.yaml:3'],
    ],
    [
      'alias bombs',
      `a: &a [x, x, x, x, x, x, x, x]\n${Array.from('bcdefghij')
        .map(
          (key, i) =>
            `${key}: &${key} [${Array(8)
              .fill(`*${String.fromCharCode(97 + i)}`)
              .join(', ')}]`,
        )
        .join('\n')}`,
      ['error INVALID_SYNTAX m.yaml:1'],
    ],
    ['what is no object', 'replicas: 3\nimage: x', ['warning NOT_AN_OBJECT m.yaml:1']],
    [
      'numbers where texts belong',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  labels:\n    version: 1.0',
      ['error INVALID_FIELD m.yaml:6 metadata.labels.version'],
    ],
    [
      'misspelt fields of policies',
      policy('a/p', '\n  podSelector: {}\n  ingress:\n  - form: []'),
      ['error UNKNOWN_FIELD m.yaml:7 spec.ingress[0].form'],
    ],
    [
      'peers without a selector',
      policy('a/p', '\n  podSelector: {}\n  ingress:\n  - from:\n    - {}'),
      ['error INVALID_FIELD m.yaml:8 spec.ingress[0].from[0]'],
    ],
    [
      'exceptions outside of their block',
      policy(
        'a/p',
        '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}',
      ),
      ['error INVALID_FIELD m.yaml:4 spec.ingress[0].from[0].ipBlock.except[0]'],
    ],
    [
      'endPort without a number',
      policy('a/p', '{podSelector: {}, ingress: [{ports: [{port: web, endPort: 9}]}]}'),
      ['error INVALID_FIELD m.yaml:4 spec.ingress[0].ports[0].endPort'],
    ],
    [
      'unsatisfiable operators',
      policy('a/p', '{podSelector: {matchExpressions: [{key: a, operator: In, values: []}]}}'),
      ['error INVALID_FIELD m.yaml:4 spec.podSelector.matchExpressions[0]'],
    ],
    [
      'two policies of one name',
      `${policy('a/p', '{podSelector: {}}')}\n---\n${policy('a/p', '{podSelector: {}, ingress: [{}]}')}`,
      ['error DUPLICATE_OBJECT m.yaml:6'],
    ],
    [
      'policies of unknown flavours',
      'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: x}',
      ['error UNKNOWN_POLICY m.yaml:1'],
    ],
    [
      'policies of groups never heard of',
      'apiVersion: example.org/v1\nkind: MyNetworkPolicy\nmetadata: {name: x}',
      ['error UNKNOWN_POLICY m.yaml:1'],
    ],
    [
      'older cluster-wide policies',
      'apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: x}',
      ['error UNKNOWN_POLICY m.yaml:1'],
    ],
    [
      'kinds that carry neither pods nor policy',
      'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: x}',
      ['info UNKNOWN_KIND m.yaml:1'],
    ],
  ] as const)
    it(`name ${what}`, () => {
      assert.deepEqual(complaintsOf(text), expected);
    });

  it('name the line inside of JSON, too', () => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 7 } }, null, 2);
    assert.deepEqual(complaintsOf(text), ['error INVALID_FIELD m.yaml:5 metadata.name']);
  });

  it('name every bound that is hit', () => {
    const limits = { file: 500, document: 300, objects: 1, files: 1 };
    const { complaints } = parseManifests(
      [
        { name: 'long.yaml', text: `a: ${'x'.repeat(600)}` },
        { name: 'doc.yaml', text: `a: ${'x'.repeat(400)}` },
        {
          name: 'two.yaml',
          text: `kind: Pod\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: b}`,
        },
      ],
      { limits },
    );
    assert.deepEqual(
      complaints.map(({ code, path }) => `${code} ${path}`),
      ['TOO_LARGE long.yaml', 'TOO_LARGE doc.yaml:1', 'TOO_LARGE two.yaml:4'],
    );
  });

  it('a policy that can’t be read allows nothing that it does not say', () => {
    const { policies } = read(
      policy(
        'a/p',
        '{podSelector: {}, ingress: [{from: [{podSelector: 7}, {ipBlock: {cidr: x}}], ports: [{port: [80]}]}]}',
      ),
    );
    const [only] = policies;
    assert.ok(only?.kind === 'NetworkPolicy');
    assert.equal(only.ingress[0]?.peers.length, 2);
    assert.equal(only.ingress[0].ports[0]?.port, '');
  });
});

describe('hostile manifests', () => {
  for (const [what, text] of [
    ['deep nesting', '['.repeat(50_000)],
    ['deep nesting of JSON', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['many keys', Array.from({ length: 10_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['many documents', '---\n'.repeat(50_000)],
    ['many markers of both kinds', '---\n...\n'.repeat(20_000)],
    [
      'keys of the prototype',
      '{"kind":"Pod","apiVersion":"v1","__proto__":{"x":1},"metadata":{"name":"p","labels":{"__proto__":"x","constructor":"y"}}}',
    ],
    [
      'huge numbers',
      'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{ports: [{containerPort: 1e999}]}]}',
    ],
    ['tags', '!!js/function "x"\n---\n!!binary aGk=\n---\nkind: !foo Pod'],
    ['nested lists', `${'{"kind":"List","items":['.repeat(2_000)}${']}'.repeat(2_000)}`],
  ] as const)
    it(`end in complaints, quickly and without an exception: ${what}`, () => {
      const started = performance.now();
      const { complaints } = read(text);
      assert.ok(performance.now() - started < 60_000);
      assert.ok(complaints.length <= 10_001);
    });

  it('keys of the prototype are labels like others', () => {
    const text =
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","labels":{"__proto__":"x","constructor":"y"}}}';
    assert.deepEqual(
      [...read(text).workloads[0]!.shapes[0]!.labels],
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    );
    assert.equal(({} as Readonly<Record<string, unknown>>)['x'], undefined);
  });

  it('any text at all is read without an exception', () => {
    const words = fc.constantFrom(
      'kind: Pod',
      'kind: List',
      'items:',
      '- ',
      '  ',
      '\n',
      '---',
      'spec:',
      '&a',
      '*a',
      '<<: *a',
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      '#',
      '|',
      '>',
      '? ',
      '!!map',
      '\t',
      '\u0000',
      'apiVersion: v1',
      'metadata:',
      'name: x',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        read(one);
      }),
      { numRuns: 1_000, seed: 11 },
    );
  });

  it('any value in any place of known objects is read without an exception', () => {
    const kinds = [
      ['v1', 'Pod'],
      ['apps/v1', 'StatefulSet'],
      ['batch/v1', 'CronJob'],
      ['v1', 'Namespace'],
      ['networking.k8s.io/v1', 'NetworkPolicy'],
      ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy'],
      ['cilium.io/v2', 'CiliumNetworkPolicy'],
      ['projectcalico.org/v3', 'NetworkPolicy'],
      ['projectcalico.org/v3', 'GlobalNetworkPolicy'],
      ['projectcalico.org/v3', 'Tier'],
    ] as const;
    const keys = [
      'metadata',
      'spec',
      'name',
      'namespace',
      'labels',
      'podSelector',
      'matchLabels',
      'matchExpressions',
      'ingress',
      'egress',
      'from',
      'to',
      'ports',
      'port',
      'template',
      'containers',
      'selector',
      'source',
      'destination',
      'action',
      'tier',
      'subject',
      'pods',
      'namespaces',
      'endpointSelector',
      'fromEndpoints',
      'toPorts',
      'ipBlock',
      'cidr',
      'except',
      'order',
      'types',
      'policyTypes',
      'nets',
      'protocols',
      'tcp',
    ];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 7, withCrossShrink: true },
        fc.constantFrom(null, true, 0, 80, -1, 1.5, '', 'x', '10.0.0.0/8', 'Allow', 'Accept'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...kinds), value, value, ([apiVersion, kind], metadata, spec) => {
        read(JSON.stringify({ apiVersion, kind, metadata, spec }));
      }),
      { numRuns: 1_000, seed: 12 },
    );
  });
});
