import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { explain } from '../../../src/isolation/reachability/explain.ts';
import { Reachability, type Endpoint } from '../../../src/isolation/reachability/reachability.ts';
import { formatAddress } from '../../../src/isolation/manifests/addresses.ts';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { getsThrough, type Party } from './naive-model.ts';
import { randomCluster } from './random-cluster.ts';

const asParty = ({ workload, range }: Endpoint): Party => ({
  namespace: workload?.namespace,
  shape: workload?.shapes[0],
  address:
    range === undefined
      ? workload?.shapes[0]?.addresses[0]
      : formatAddress({ family: range.family, number: range.first }),
});

const probes = (['TCP', 'UDP', 'SCTP'] as const).flatMap((protocol) =>
  [1, 79, 80, 81, 442, 443, 65_535].map((port) => ({ protocol, port })),
);

describe('the evaluator', () => {
  for (const ipblockPods of ['ignore', 'match'] as const)
    it(`agrees with the naive model on random clusters, ipBlock for pods: ${ipblockPods}`, () => {
      fc.assert(
        fc.property(randomCluster, (text) => {
          const manifests = parseManifests([{ name: 'random.json', text }]);
          assert.deepEqual(manifests.complaints, []);
          const reachability = new Reachability(manifests, { ipblockPods });
          for (const source of reachability.sources)
            for (const destination of reachability.destinations) {
              if (source.range !== undefined && destination.range !== undefined) continue;
              const ports = reachability.between(source, destination);
              for (const { protocol, port } of probes)
                assert.equal(
                  ports.contains(protocol, port),
                  getsThrough(
                    manifests,
                    { source: asParty(source), destination: asParty(destination), protocol, port },
                    ipblockPods === 'match',
                  ),
                  `${source.label} => ${destination.label} ${protocol} ${port}`,
                );
            }
        }),
        { numRuns: 300, seed: 20_261_122 },
      );
    });

  it('lists row by row what it answers pair by pair, and explains the same', () => {
    fc.assert(
      fc.property(randomCluster, (text) => {
        const reachability = new Reachability(parseManifests([{ name: 'random.json', text }]));
        for (const { source, reached } of reachability.rows({ own: true })) {
          const listed = new Map(
            reached.map((one) => [one.destination.label, one.ports.toString()]),
          );
          for (const destination of reachability.destinations) {
            if (source.range !== undefined && destination.range !== undefined) continue;
            const ports = reachability.between(source, destination);
            assert.equal(listed.get(destination.label) ?? 'No Connections', ports.toString());
            const explained = explain(reachability, source, destination);
            assert.ok(explained.every(({ allowed }) => allowed.equals(ports)));
          }
        }
      }),
      { numRuns: 100, seed: 4 },
    );
  });
});
