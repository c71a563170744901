import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { diffConnections, renderDifferences } from '../../../src/isolation/reachability/diff.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';
import { readManifests } from '../../../src/isolation/manifests/manifest-files.ts';
import { randomCluster } from './random-cluster.ts';
import { pod, policy, read } from './scene.ts';
import { vectors } from './vectors.ts';

const lines = (before: Manifests, after: Manifests): readonly string[] =>
  diffConnections(before, after).map(
    ({ kind, source, destination, before: a, after: b }) =>
      `${kind} ${source} => ${destination} : ${a.toString()} -> ${b.toString()}`,
  );
const pods = [pod('a/x', 'app: x'), pod('a/y', 'app: "y"')];

describe('semantic differences', () => {
  it('are none where only the text differs', () => {
    const one = read(
      ...pods,
      policy('a/p', '{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 82}]}]}'),
    );
    const two = read(
      ...pods,
      policy(
        'a/q',
        '{podSelector: {matchLabels: {}}, policyTypes: [Ingress], ingress: [{ports: [{port: 81}, {port: 80}]}, {ports: [{port: 82}]}]}',
      ),
    );
    assert.deepEqual(lines(one, two), []);
    assert.equal([...renderDifferences([])].join(''), '');
  });

  it('are added, removed and changed', () => {
    const one = read(
      ...pods,
      policy('a/p', '{podSelector: {matchLabels: {app: x}}}'),
      policy(
        'a/q',
        '{podSelector: {matchLabels: {app: "y"}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]}',
      ),
    );
    const two = read(
      ...pods,
      policy(
        'a/p',
        '{podSelector: {matchLabels: {app: x}}, ingress: [{from: [{podSelector: {}}]}]}',
      ),
      policy(
        'a/q',
        '{podSelector: {matchLabels: {app: "y"}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 81}]}]}',
      ),
    );
    assert.deepEqual(lines(one, two), [
      'changed a/x[Pod] => a/y[Pod] : TCP 80 -> TCP 81',
      'added a/y[Pod] => a/x[Pod] : No Connections -> All Connections',
    ]);
    assert.deepEqual(
      lines(two, one).at(-1),
      'removed a/y[Pod] => a/x[Pod] : All Connections -> No Connections',
    );
  });

  it('print as netpol-analyzer prints them', () => {
    const text = [...renderDifferences(diffConnections(read(pods[0]!), read(...pods)))];
    assert.equal(text[0], 'Connectivity diff:\n');
    assert.equal(
      text[1],
      'diff-type: added, source: 0.0.0.0-255.255.255.255[External], destination: a/y[Pod], dir1: No Connections, dir2: All Connections, workloads-diff-info: workload a/y[Pod] added\n',
    );
  });

  it('join neighbouring ranges outside that change alike', () => {
    const block = (cidr: string): Manifests =>
      read(pods[0]!, policy('a/p', `{podSelector: {}, ingress: [{from: [${cidr}]}]}`));
    assert.deepEqual(
      lines(
        block('{ipBlock: {cidr: 10.0.0.0/8}}'),
        block('{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/9]}}'),
      ),
      ['removed 10.0.0.0-10.127.255.255[External] => a/x[Pod] : All Connections -> No Connections'],
    );
    assert.deepEqual(
      lines(
        block('{ipBlock: {cidr: 10.0.0.0/8}}'),
        block('{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}'),
      ),
      [],
    );
  });

  it('are the opposite when the sides change, and none against oneself', () => {
    const opposite = { added: 'removed', removed: 'added', changed: 'changed' } as const;
    fc.assert(
      fc.property(randomCluster, randomCluster, (first, second) => {
        const [one, two] = [first, second].map((text) =>
          parseManifests([{ name: 'r.json', text }]),
        );
        assert.deepEqual(lines(one!, one!), []);
        const there = diffConnections(one!, two!);
        const back = diffConnections(two!, one!);
        assert.deepEqual(
          there.map(({ kind, source, destination, before, after }) => [
            opposite[kind],
            source,
            destination,
            after.key,
            before.key,
          ]),
          back.map(({ kind, source, destination, before, after }) => [
            kind,
            source,
            destination,
            before.key,
            after.key,
          ]),
        );
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('of the outside judge’s lists are the differences of the texts', async () => {
    const [from, to] = ['semanticDiff-same-topologies-old1', 'semanticDiff-same-topologies-old2'];
    const side = async (name: string) => ({
      manifests: await readManifests([join(vectors, 'reachability', name, 'manifests')]),
      list: readFileSync(join(vectors, 'reachability', name, 'connections.txt'), 'utf8')
        .trim()
        .split('\n'),
    });
    const [one, two] = [await side(from), await side(to)];
    const asMap = (list: readonly string[]): ReadonlyMap<string, string> =>
      new Map(list.map((line) => line.split(' : ') as [string, string]));
    const [before, after] = [asMap(one.list), asMap(two.list)];
    const expected = [...new Set([...before.keys(), ...after.keys()])]
      .toSorted()
      .map((pair) => [
        pair,
        before.get(pair) ?? 'No Connections',
        after.get(pair) ?? 'No Connections',
      ])
      .filter(([, a, b]) => a !== b);
    assert.deepEqual(
      diffConnections(one.manifests, two.manifests).map((found) => [
        `${found.source} => ${found.destination}`,
        found.before.toString(),
        found.after.toString(),
      ]),
      expected,
    );
  });
});
