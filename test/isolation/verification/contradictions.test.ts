/** Declarations that contradict one another or the cluster: never verified in silence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { client, snapshotOf, topic } from '../topology/cluster-fixture.ts';
import { flows, generated, judge, only, people, short } from './verification-scene.ts';

const policies = generated();
const isolating = (namespace: string): string => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: isolated, namespace: ${namespace}}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`;

describe('contradictory declarations', () => {
  it('a raw broker that is nowhere is an error, however closed everything else is', () => {
    const map = flows({ brokers: new Map() });
    const verdict = judge(isolating('lethe'), { flows: map });
    assert.equal(verdict.verified, false);
    assert.ok(
      short(verdict).includes('error PARTY_UNPLACED broker main/11'),
      short(verdict).join(),
    );
    assert.ok(short(verdict).includes('warning PARTY_UNPLACED broker main/12'));
  });

  for (const [what, workload, subject] of [
    [
      'the anonymizer',
      { namespace: 'lethe', podSelector: { app: 'lethe' } },
      'lethe/lethe[Deployment]',
    ],
    [
      'a raw broker',
      {
        namespace: 'kafka',
        podSelector: { 'statefulset.kubernetes.io/pod-name': 'kafka-0' },
      },
      'kafka/kafka-0[Pod]',
    ],
  ] as const)
    it(`a client whose pods are ${what} is named`, () => {
      const spy = client('spy', { consumes: ['public.orders'], workload });
      const map = flows({ clients: [spy] });
      const finding = only(judge(generated(map), { flows: map }), 'PARTY_OVERLAP');
      assert.equal(finding.subject, subject);
      assert.match(finding.message, /client spy/);
    });

  it('placement that moved after the policies were made is an error', () => {
    const moved = flows({}, snapshotOf(topic('raw.orders', [11, 12])));
    const verdict = judge(policies, { flows: moved });
    assert.equal(verdict.verified, false);
    assert.ok(short(verdict).some((line) => /^error (BROKER_SHARED|EXCESS_FLOW)/.test(line)));
  });

  it('a snapshot without raw topics proves nothing', () => {
    const empty = flows({}, snapshotOf(topic('raw.orders')));
    const verdict = judge(policies, { flows: empty });
    assert.equal(verdict.verified, false);
  });

  it('a policy whose selector contradicts itself is named', () => {
    const never = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: never, namespace: kafka}
spec:
  podSelector:
    matchExpressions:
      - {key: app, operator: In, values: [kafka]}
      - {key: app, operator: NotIn, values: [kafka]}
  ingress: [{}]
`;
    const finding = only(judge(policies, { others: never }), 'POLICY_SELECTS_NOTHING');
    assert.equal(finding.subject, 'NetworkPolicy kafka/never');
  });

  it('neither manifests without policies nor policies without pods are verified', () => {
    for (const verdict of [judge(''), judge(policies, { people: '' }), judge('', { people: '' })]) {
      assert.equal(verdict.verified, false);
      assert.ok(short(verdict).some((line) => line.startsWith('error NOTHING_TO_JUDGE')));
    }
    assert.equal(judge(policies, { people }).verified, true);
  });
});
