import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBehind, type Exposure } from '../../../../src/isolation/manifests/kinds/exposures.ts';
import { parseManifests } from '../../../../src/isolation/manifests/manifests.ts';

const exposures = (...texts: readonly string[]): readonly Exposure[] =>
  parseManifests([{ name: 'a.yaml', text: texts.join('\n---\n') }]).exposures;
const short = (...texts: readonly string[]): readonly string[] =>
  exposures(...texts).map(
    ({ kind, by, namespace, selector }) =>
      `${kind} ${by} ${namespace} ${[...selector].map((pair) => pair.join('=')).join(',')}`,
  );
const service = (name: string, spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: "n"}\nspec: {${spec}}`;

describe('ways in from nodes and outside', () => {
  it('are Services of a type that opens them, or with addresses of their own', () => {
    assert.deepEqual(
      short(
        service('inside', 'selector: {app: a}'),
        service('node', 'type: NodePort, selector: {app: a}'),
        service('both', 'type: LoadBalancer, externalIPs: [1.2.3.4], selector: {app: b}'),
        service('nobody', 'type: NodePort'),
      ),
      [
        'NodePort Service n/node n app=a',
        'LoadBalancer Service n/both n app=b',
        'ExternalIPs Service n/both n app=b',
      ],
    );
  });

  it('are Ingresses, by the Services behind them', () => {
    const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, namespace: "n"}
spec:
  defaultBackend: {service: {name: a, port: {number: 1}}}
  rules:
    - http: {paths: [{path: /, backend: {service: {name: b}}}, {path: /x, backend: {serviceName: a}}]}
    - http: {paths: [{path: /, backend: {service: {name: absent}}}]}`;
    assert.deepEqual(
      short(ingress, service('a', 'selector: {app: a}'), service('b', 'selector: {app: b}')),
      ['Ingress Ingress n/i n app=a', 'Ingress Ingress n/i n app=b'],
    );
  });

  it('are ports of the node that containers take', () => {
    const spec = 'containers: [{name: m, ports: [{containerPort: 1, hostPort: 1}]}]';
    const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: "n", labels: {app: p}}\nspec: {${spec}}`;
    const job = `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec: {jobTemplate: {spec: {template: {metadata: {labels: {app: c}}, spec: {${spec}}}}}}`;
    assert.deepEqual(short(pod, job, pod.replace('hostPort: 1', 'hostPort: 0')), [
      'hostPort Pod n/p n app=p',
      'hostPort CronJob default/c default app=c',
    ]);
  });

  it('lead to the pods of the namespace that have all labels of the selector', () => {
    const [door] = exposures(service('node', 'type: NodePort, selector: {app: a, tier: b}'));
    const { workloads } = parseManifests([
      {
        name: 'p.yaml',
        text: [
          '{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: "n", labels: {app: a, tier: b, more: c}}}',
          '{apiVersion: v1, kind: Pod, metadata: {name: "y", namespace: "n", labels: {app: a}}}',
        ].join('\n---\n'),
      },
    ]);
    const [both, one] = workloads.map(({ shapes }) => shapes[0]!);
    assert.equal(isBehind(door!, 'n', both!), true);
    assert.equal(isBehind(door!, 'm', both!), false);
    assert.equal(isBehind(door!, 'n', one!), false);
  });
});
