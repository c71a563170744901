import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { disguise } from '../../../src/isolation/attacks/impersonate.ts';
import { AddressSet } from '../../../src/isolation/reachability/address-set.ts';
import {
  namespaceLabel,
  namespaceName,
  serviceAccountName,
  type Predicate,
} from '../../../src/isolation/manifests/labels.ts';
import type { Peer, Rule } from '../../../src/isolation/reachability/rules.ts';

const rule = (...peers: readonly Peer[]): Rule => ({
  action: 'allow',
  peers,
  ports: 'any',
  path: 'ingress[0]',
  origin: { file: '', line: 0 },
});
const pods = (where: Predicate): Peer => ({ kind: 'pods', where });
const has = (key: string): Predicate => ({ kind: 'has', key });
const is = (key: string, ...values: readonly string[]): Predicate => ({ kind: 'in', key, values });
const not = (of: Predicate): Predicate => ({ kind: 'not', of });
const all = (...of: readonly Predicate[]): Predicate => ({ kind: 'all', of });
const name = 'kubernetes.io/metadata.name';
const dress = (...peers: readonly Peer[]) => disguise(rule(...peers), 'here', {});

describe('a pod made to measure', () => {
  it('has the labels that the rule asks for, and only those', () => {
    assert.deepEqual(dress(pods(all(is('a', '1', '2'), has('b'), not(has('c'))))), {
      namespaceLabels: { [name]: 'here' },
      labels: { a: '1', b: 'any' },
      serviceAccount: 'default',
    });
    const where = all(is(namespaceLabel('team'), 'x'), is(serviceAccountName, 'robot'));
    assert.deepEqual(dress(pods(where)), {
      namespaceLabels: { team: 'x', [name]: 'here' },
      labels: {},
      serviceAccount: 'robot',
    });
  });

  it('tries other values and other peers where the first contradict themselves', () => {
    assert.deepEqual(dress(pods(all(is('a', '1', '2'), not(is('a', '1')))))?.labels, { a: '2' });
    assert.deepEqual(dress(pods(all(has('a'), is('a', '7'))))?.labels, { a: '7' });
    const either: Predicate = { kind: 'any', of: [is(namespaceName, 'there'), is('b', '2')] };
    assert.deepEqual(dress(pods(either))?.labels, { b: '2' });
    assert.deepEqual(dress({ kind: 'nodes' }, pods(is('a', '1')))?.labels, { a: '1' });
    const starts: Predicate = { kind: 'text', key: 'a', test: 'starts', value: 'pre' };
    assert.deepEqual(dress(pods(starts))?.labels, { a: 'pre' });
  });

  it('is not there where the rule names another namespace, or asks for what no label gives', () => {
    assert.equal(dress(pods(is(namespaceLabel(name), 'there'))), undefined);
    assert.equal(dress(pods(is(namespaceName, 'there'))), undefined);
    assert.equal(dress(pods(all(is('a', '1'), is('a', '2')))), undefined);
    assert.equal(dress({ kind: 'nodes' }), undefined);
    assert.equal(dress({ kind: 'addresses', set: AddressSet.all, pods: 'open' }), undefined);
    assert.equal(dress(), undefined);
  });

  it('takes conditions on peers together', () => {
    const both: Peer = {
      kind: 'all',
      of: [pods(is('a', '1')), { kind: 'not', of: pods(has('b')) }, { kind: 'any' }],
    };
    assert.deepEqual(dress(both)?.labels, { a: '1' });
    const offNodes: Peer = {
      kind: 'all',
      of: [pods(is('a', '1')), { kind: 'not', of: { kind: 'nodes' } }],
    };
    assert.deepEqual(dress(offNodes)?.labels, { a: '1' });
    const onNodes: Peer = { kind: 'all', of: [pods(is('a', '1')), { kind: 'nodes' }] };
    assert.equal(dress(onNodes), undefined);
  });

  it('is found or given up in bounded time', () => {
    const wide = Array.from({ length: 40 }, (_, key) => is(`k${key}`, 'x', 'y', 'z'));
    assert.equal(dress(pods(all(...wide, not(is('k0', 'x', 'y', 'z'))))), undefined);
  });
});
