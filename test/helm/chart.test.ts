import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { kubeconform } from '../rig/go-tools.ts';
import { kubernetesDefinitions } from '../rig/kubernetes-definitions.ts';
import {
  all,
  at,
  chartFolder,
  features,
  only,
  render,
  runHelm,
  template,
  templateAnew,
} from './chart.ts';

describe('for each feature', { concurrency: 2 }, () => {
  for (const file of features) {
    test(`helm lint has nothing against ${file}`, async () => {
      const { code, out } = await runHelm([
        ...['lint', chartFolder, '--strict', '--kube-version', '1.36.0'],
        ...['--values', join(chartFolder, 'ci', file)],
      ]);
      assert.equal(code, 0, out);
    });

    test(`objects of ${file} have no field that Kubernetes doesn't know`, async () => {
      const { code, out, err } = await template({ values: [file] });
      assert.equal(code, 0, err);
      assert.equal(await conforms(out), '');
    });

    test(`objects of ${file} are named in their namespace and carry the release's labels`, async () => {
      const scoped = /^(Cluster|ValidatingAdmissionPolicy)/;
      for (const { kind, name, namespace, object } of await render({ values: [file] })) {
        assert.equal(namespace === undefined, scoped.test(kind), `${kind} ${name}`);
        const labels = at(object, 'metadata', 'labels');
        assert.equal(at(labels, 'app.kubernetes.io/name'), 'lethe', name);
        assert.equal(at(labels, 'app.kubernetes.io/instance'), 'lethe', name);
        assert.equal(at(labels, 'app.kubernetes.io/managed-by'), 'Helm', name);
        assert.ok(name.length <= (scoped.test(kind) ? 253 : 63), name);
      }
    });
  }
});

/** What kubeconform has against a stream of manifests; empty for nothing. */
async function conforms(manifests: string): Promise<string> {
  const program = await kubeconform();
  const { schemaLocation } = await kubernetesDefinitions();
  // Resources of other projects, whose schemas are not here.
  const others = 'PodMonitor,PrometheusRule,ScaledObject';
  const args = ['-strict', '-schema-location', schemaLocation, '-skip', others, '-'];
  return new Promise((resolve) => {
    const child = execFile(program, args, (error, out, err) => {
      resolve(error === null ? '' : out + err);
    });
    child.stdin?.end(manifests);
  });
}

test('the check of fields would find a misspelt one', async () => {
  const { out } = await template();
  assert.notEqual(await conforms(out.replace('podSelector:', 'podSelectorr:')), '');
});

test('the same values give the same text', async () => {
  const values = ['admission-values.yaml'];
  assert.equal((await template({ values })).out, (await templateAnew({ values })).out);
});

test('two releases in two namespaces share no cluster-wide name', async () => {
  const values = ['warden-enforce-values.yaml'];
  const names = async (namespace: string) =>
    (await render({ values, namespace }))
      .filter((one) => one.namespace === undefined)
      .map((one) => `${one.kind}/${one.name}`);
  const [one, other] = [new Set(await names('a')), await names('b')];
  assert.ok(one.size > 4);
  assert.deepEqual(
    other.filter((name) => one.has(name)),
    [],
  );
});

test('a long release name keeps every name within 63 characters', async () => {
  const release = 'a-very-long-release-name-that-uses-all-of-53-letters';
  for (const values of features)
    for (const { name, namespace } of await render({ values: [values], release }))
      assert.ok(namespace === undefined || name.length <= 63, name);
});

test('an image is named by its digest where there is one', async () => {
  const image = async (values: string) =>
    at(
      only(await render({ values: [values] }), 'StatefulSet'),
      ...['spec', 'template', 'spec', 'containers', 0, 'image'],
    );
  assert.equal(await image('minimal-values.yaml'), 'lethe:0.1.0');
  assert.match(
    String(await image('scheduling-values.yaml')),
    /^registry\.example\.org\/lethe@sha256:0{64}$/,
  );
});

test('instances are scaled by one thing: the values, CPU or lag', async () => {
  const fixed = await render({ values: ['scheduling-values.yaml'] });
  assert.equal(at(only(fixed, 'StatefulSet'), 'spec', 'replicas'), 3);
  for (const [values, kind] of [
    ['autoscaling-values.yaml', 'HorizontalPodAutoscaler'],
    ['keda-values.yaml', 'ScaledObject'],
  ] as const) {
    const objects = await render({ values: [values] });
    assert.equal(at(only(objects, 'StatefulSet'), 'spec', 'replicas'), undefined);
    const scaler = only(objects, kind);
    assert.equal(at(scaler, 'spec', 'scaleTargetRef', 'kind'), 'StatefulSet');
    assert.equal(at(scaler, 'spec', 'scaleTargetRef', 'name'), 'lethe-anonymizer');
    assert.equal(all(objects, 'PodDisruptionBudget').length, 1);
  }
});

test('one instance has no disruption budget, since it would block the drain of its node', async () => {
  assert.equal(all(await render(), 'PodDisruptionBudget').length, 0);
});

test('instances are updated one by one, start together and are named for static membership', async () => {
  const spec = at(only(await render(), 'StatefulSet'), 'spec');
  assert.equal(at(spec, 'podManagementPolicy'), 'Parallel');
  assert.deepEqual(at(spec, 'updateStrategy'), { type: 'RollingUpdate' });
  assert.equal(at(spec, 'serviceName'), 'lethe-anonymizer');
});
