import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowJudge, type Judgement } from '../../../src/isolation/flows/flow-judge.ts';
import { nobody, type FlowPeer } from '../../../src/isolation/flows/observed-flow.ts';
import { Peers } from '../../../src/isolation/flows/peers.ts';
import { PodDirectory } from '../../../src/isolation/flows/pod-directory.ts';
import { policy, read } from '../reachability/scene.ts';
import { at, map, pods, rawPolicy } from './watch-scene.ts';

function judging(...manifests: readonly string[]) {
  const all = read(...manifests);
  const peers = new Peers(map, new PodDirectory(all.workloads));
  const judge = new FlowJudge(all);
  return (
    source: Partial<FlowPeer>,
    destination: Partial<FlowPeer>,
    port: number | null = 9093,
  ): Judgement =>
    judge.judge(
      peers.of({ ...nobody, ...source }),
      peers.of({ ...nobody, ...destination }),
      'TCP',
      port,
    );
}

test('pods are judged by the policies, with those that decide', () => {
  const judge = judging(...pods, rawPolicy);
  const allowed = judge(at.lethe, at.raw);
  const deciders = allowed.verdict === 'unjudged' ? [] : allowed.deciders;
  assert.equal(allowed.verdict, 'allowed');
  assert.deepEqual(
    deciders.map(({ policy: name, rule }) => `${name} ${rule ?? ''}`),
    ['NetworkPolicy kafka/raw ingress[0]'],
  );
  assert.equal(judge(at.lethe, at.raw, 9404).verdict, 'denied');
  assert.equal(judge(at.web, at.raw).verdict, 'denied');
  assert.deepEqual(judge(at.web, at.open), { verdict: 'allowed', deciders: [] });
});

test('each replica of a StatefulSet is judged by itself', () => {
  const set = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kafka, namespace: kafka}
spec:
  replicas: 2
  selector: {matchLabels: {app: kafka}}
  template: {metadata: {labels: {app: kafka}}, spec: {containers: [{ports: []}]}}`;
  const judge = judging(pods[0]!, set, rawPolicy, pods[4]!);
  const broker = (pod: string): Partial<FlowPeer> => ({ namespace: 'kafka', pod });
  assert.equal(judge(at.web, broker('kafka-0')).verdict, 'denied');
  assert.equal(judge(at.web, broker('kafka-1')).verdict, 'allowed');
  assert.deepEqual(judge(at.web, { namespace: 'kafka', workload: 'kafka' }), {
    verdict: 'unjudged',
    why: 'pods of the workload are judged differently',
  });
});

test('public addresses are judged by ipBlock, private ones that nobody has are not judged', () => {
  const world = policy(
    'shop/world',
    '{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 198.51.100.0/24}}]}], policyTypes: [Egress]}',
  );
  const judge = judging(...pods, world);
  assert.equal(judge(at.web, at.world).verdict, 'allowed');
  assert.equal(judge(at.web, { address: '203.0.113.1' }).verdict, 'denied');
  const why = (judgement: Judgement): string =>
    judgement.verdict === 'unjudged' ? judgement.why : judgement.verdict;
  assert.equal(
    why(judge(at.web, { address: '10.77.0.1' })),
    'the destination is no pod of the manifests',
  );
  assert.equal(
    why(judge({ address: 'fd00::77' }, at.web)),
    'the source is no pod of the manifests',
  );
  assert.equal(
    why(judge({ address: '203.0.113.1' }, at.world)),
    'neither end is a pod of the manifests',
  );
  assert.equal(
    why(judge({ reserved: 'host', address: '10.0.0.1' }, { reserved: 'host' })),
    'neither end is a pod of the manifests',
  );
  assert.equal(why(judge(at.web, at.crm, null)), 'the log does not tell the port');
});

test('where implementations differ nothing is claimed', () => {
  const block = policy(
    'kafka/block',
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.3.0/24}}]}]}',
  );
  const judgement = judging(...pods, block)(at.web, at.raw);
  assert.deepEqual(judgement, {
    verdict: 'unjudged',
    why: 'implementations of network policies differ here',
  });
});
