/** Random flow maps, dense enough that parties meet: few namespaces, few labels, few ports. */
import fc from 'fast-check';
import type { Flow, Party } from '../../../src/isolation/topology/flow-draft.ts';
import type { FlowMap } from '../../../src/isolation/topology/flow-map.ts';

const namespaces = ['kafka', 'lethe', 'crm'] as const;
const labels = fc
  .dictionary(fc.constantFrom('app', 'tier', 'pod'), fc.constantFrom('x', 'y', 'z'), {
    minKeys: 1,
    maxKeys: 2,
  })
  .map((found) => ({ ...found }));

const place: fc.Arbitrary<Party['place']> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pods' as const),
      namespace: fc.constantFrom(...namespaces),
      podSelector: labels,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('address' as const),
      address: fc.constantFrom('10.0.0.7', '169.254.20.10', 'fd00::7'),
    }),
  },
);

/** A map with flows among up to seven parties and one or two namespaces in scope. */
export const maps: fc.Arbitrary<FlowMap> = fc
  .record({
    places: fc.array(place, { minLength: 2, maxLength: 7 }),
    links: fc.array(
      fc.record({
        from: fc.nat(6),
        to: fc.nat(6),
        protocol: fc.constantFrom('TCP', 'UDP'),
        port: fc.constantFrom(53, 9092, 9093),
      }),
      { maxLength: 12 },
    ),
    scope: fc.uniqueArray(fc.constantFrom(...namespaces), { minLength: 1, maxLength: 2 }),
  })
  .map(({ places, links, scope }) => {
    const parties = places.map((where, at): Party => ({
      id: `client ${at}`,
      kind: 'client',
      place: where,
    }));
    const flows = links.map(({ from, to, ...rest }): Flow => ({
      from: `client ${from % parties.length}`,
      to: `client ${to % parties.length}`,
      ...rest,
      why: ['because'],
    }));
    const unique = new Map(flows.map((flow) => [JSON.stringify(flow), flow]));
    return {
      mode: 'brokers',
      taken: '2026-01-02T03:04:05.000Z',
      brokers: [],
      parties,
      flows: [...unique.values()],
      grants: [],
      scope,
      findings: [],
    };
  });
