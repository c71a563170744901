import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proposedCluster } from '../../../src/isolation/flows/proposed-cluster.ts';
import { pod, policy, read } from '../reachability/scene.ts';

const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {team: x}}';

test('a proposed policy takes the place of its namesake, others stay, and pods of both sides are there', () => {
  const standing = read(
    namespace,
    pod('a/p'),
    policy('a/one', '{podSelector: {}}'),
    policy('a/two', '{podSelector: {}}'),
  );
  const proposal = read(pod('a/q'), policy('a/one', '{podSelector: {matchLabels: {x: z}}}'));
  const { namespaces, workloads, policies } = proposedCluster(proposal, standing);
  assert.deepEqual(
    policies.map(({ name }) => name),
    ['one', 'two'],
  );
  assert.equal(policies[0], proposal.policies[0]);
  assert.deepEqual(
    workloads.map(({ name }) => name),
    ['p', 'q'],
  );
  // The proposal only mentions the namespace: its labels are those that somebody declared.
  assert.equal(namespaces[0]?.labels.get('team'), 'x');
  assert.equal(proposedCluster(proposal, null), proposal);
});
