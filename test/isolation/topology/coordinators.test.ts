import assert from 'node:assert/strict';
import { it } from 'node:test';
import { coordinatorOf } from '../../../src/isolation/topology/coordinators.ts';
import { snapshotOf, topic } from './cluster-fixture.ts';

/** `"polygenelubricants".hashCode()` is the least number of Java, which has no positive twin. */
const least = 'polygenelubricants';

it('finds the partition as Java hashes names', () => {
  const many = Array.from({ length: 50 }, (_, at) => [at]);
  const { main } = snapshotOf(topic('__consumer_offsets', ...many)).clusters;
  assert.equal(coordinatorOf('group', '', main!)?.partition, 0);
  assert.equal(coordinatorOf('group', 'a', main!)?.partition, 47);
  assert.equal(coordinatorOf('group', 'ab', main!)?.partition, (97 * 31 + 98) % 50);
  assert.equal(coordinatorOf('group', least, main!)?.partition, 0);
});

it('names the leader and everybody who may take over', () => {
  const { main } = snapshotOf(topic('__transaction_state', [13, 12, 11])).clusters;
  assert.deepEqual(coordinatorOf('transaction', 'any', main!), {
    topic: '__transaction_state',
    partition: 0,
    leader: 13,
    holders: [11, 12, 13],
  });
});

it('does not guess where the internal topic, or its partition, is not there', () => {
  const { main } = snapshotOf(topic('__consumer_offsets')).clusters;
  assert.equal(coordinatorOf('group', 'any', main!), undefined);
  const partitions = [3, 4].map((partition) => ({
    partition,
    leader: 11,
    replicas: [11],
    adding: [],
    removing: [],
  }));
  const torn = snapshotOf({ name: '__consumer_offsets', partitions }).clusters['main'];
  assert.equal(coordinatorOf('group', 'a', torn!), undefined);
});
