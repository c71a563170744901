import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Reachability } from '../../../src/isolation/reachability/reachability.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';
import type { Protocol } from '../../../src/isolation/manifests/objects.ts';
import { vectors } from './vectors.ts';

interface Topology {
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly ip: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ports: readonly {
      readonly name: string;
      readonly port: number;
      readonly protocol: string;
    }[];
  }[];
}

interface MatrixCase {
  readonly name: string;
  readonly topology: string;
  readonly policies: readonly unknown[];
  readonly flows: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

function asManifests(topology: Topology, policies: readonly unknown[]): Manifests {
  const namespaces = Object.entries(topology.namespaces).map(([name, labels]) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  }));
  const pods = topology.pods.map(({ namespace, name, ip, labels, ports }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: {
      containers: [
        {
          ports: ports.map((port) => ({
            name: port.name,
            containerPort: port.port,
            protocol: port.protocol,
          })),
        },
      ],
    },
    status: { podIP: ip },
  }));
  const text = JSON.stringify([...namespaces, ...pods, ...policies]);
  return parseManifests([{ name: 'case.json', text }]);
}

describe('the matrix of verdicts', () => {
  const root = join(vectors, 'reachability-matrix');
  const topologies = JSON.parse(readFileSync(join(root, 'topologies.json'), 'utf8')) as Readonly<
    Record<string, Topology>
  >;
  const cases = readFileSync(join(root, 'cases.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MatrixCase);

  it('has all of the outside judge’s cases at hand', () => {
    assert.equal(cases.length, 117);
  });

  for (const { name, topology, policies, flows } of cases)
    it(`agrees with cyclonus: ${name}`, () => {
      const manifests = asManifests(topologies[topology]!, policies);
      assert.deepEqual(manifests.complaints, []);
      const reachability = new Reachability(manifests, { ipblockPods: 'match' });
      for (const [at, expected] of Object.entries(flows)) {
        assert.deepEqual(Object.keys(expected), ['allowed']);
        const [protocol, port] = at.split('/') as [Protocol, string];
        const allowed = [...reachability.rows()].flatMap(({ source, reached }) =>
          reached
            .filter(({ ports }) => ports.contains(protocol, Number(port)))
            .filter(({ destination }) => (source.range ?? destination.range) === undefined)
            .map(({ destination }) => `${short(source.label)}>${short(destination.label)}`),
        );
        assert.deepEqual(allowed, expected['allowed']!.toSorted(), at);
      }
    });
});

const short = (label: string): string => label.replace('[Pod]', '');
