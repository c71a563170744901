/** What a flow map says about the policies that could be made of it, before any is made. */
import { peerOf } from './peers.ts';
import type { Finding } from '../findings/finding.ts';
import type { FlowFinding } from '../topology/flow-finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Party } from '../topology/flow-draft.ts';

/** Findings of a map that are expected while partitions are being moved. */
const passing: ReadonlySet<FlowFinding['code']> = new Set([
  'BROKER_SHARED',
  'COORDINATOR_ON_RAW',
  'TOPIC_ON_RAW',
]);

/** Whether nothing must be generated. An outside client that may need a raw broker would open it, so that is as bad as one that does. */
export const refuses = ({ severity, code }: Finding): boolean =>
  severity === 'error' || code.endsWith('_ON_RAW');

/** The findings of the map, and those about parties that no policy can name. */
export function judgeMap(
  map: FlowMap,
  { transition }: { readonly transition: boolean },
): readonly Finding[] {
  return [
    ...map.findings
      .filter(({ code }) => !(transition && passing.has(code)))
      .map((finding): Finding => ({ ...finding, deciders: [], path: [] })),
    ...map.parties.flatMap((party) => unselectable(party, map)),
    ...(map.scope.length > 0
      ? []
      : [
          {
            code: 'SCOPE_EMPTY',
            severity: 'error',
            subject: 'isolation.scope',
            message: 'no namespace is in scope, so there is nothing that a policy could protect',
            remedy: 'declare the pods of the anonymizer and of the brokers, or isolation.scope',
            deciders: [],
            path: [],
          } as const,
        ]),
  ];
}

function unselectable({ id, kind, place }: Party, map: FlowMap): readonly Finding[] {
  const about = { subject: id, deciders: [], path: [] };
  const broker = map.brokers.find(({ name }) => id === `broker ${name}`);
  const holds = broker !== undefined && broker.standing !== 'free';
  if (holds && broker.place?.kind === 'address')
    return [
      {
        ...about,
        code: 'BROKER_OUTSIDE',
        severity: 'warning',
        message: `the broker is outside of Kubernetes, where no network policy guards it`,
        remedy: `let a firewall guard ${broker.place.address}: only what the map names may reach it`,
      },
    ];
  if (place !== null && peerOf(place) !== null) return [];
  const used = map.flows.filter(({ from, to }) => from === id || to === id);
  // A bootstrap server that no broker advertises was reported with the map.
  if (used.length === 0 || kind === 'server') return [];
  const name =
    place?.kind === 'address' ? `is known by the name "${place.address}"` : 'has no place';
  const [first] = used;
  const example =
    first === undefined ? '' : `${first.from} > ${first.to} ${first.protocol} ${first.port}`;
  return [
    {
      ...about,
      code: 'PARTY_UNSELECTABLE',
      severity: holds ? 'error' : 'warning',
      message: `no policy can select it, since it ${name}: what is generated does not allow "${example}"${used.length > 1 ? ` and ${used.length - 1} more` : ''}`,
      remedy: remedies[kind],
    },
  ];
}

const remedies: Readonly<Record<Party['kind'], string>> = {
  anonymizer: 'add isolation.anonymizer: namespace and podSelector',
  broker: 'complete isolation.brokers: pods or addresses for every node id',
  controller: 'correct isolation.brokers.<cluster>.controllers',
  client: 'correct isolation.clients',
  operator: 'correct isolation.operators',
  registry:
    'add isolation.registry: namespace and podSelector, or write an address instead of a name in registry.url',
  dns: 'correct isolation.dns',
  server: 'name brokers by the hosts that they advertise',
  other: 'correct isolation.flows',
};
