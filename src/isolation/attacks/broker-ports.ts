/** Other ways into a raw broker: its other ports, and the twins of its Kafka port. */
import type { Protocol } from '../manifests/objects.ts';
import { atBroker, type AttackProfile, type Draft } from './draft.ts';
import { foreigner, intruderLabels, posing } from './impostors.ts';
import { lookAlike, type AttackScene, type RawBroker } from './scene.ts';

const base = {
  technique: 'connect',
  expected: 'denied',
  severity: 'error',
  closedBy: ['network policy'],
  residual: null,
} as const;
const port = {
  ...base,
  family: 'port',
  remedy: 'allow that port to the declared parties only, or to nobody',
} as const;
const twin = { ...base, family: 'twin' } as const;

/** Attacks of these families, by kind. */
export const brokerPortProfiles = {
  'metrics-port': {
    ...port,
    title: 'Metrics of a raw broker',
    standsFor: 'reading names of topics, groups and clients where records are out of reach',
  },
  'jmx-port': {
    ...port,
    title: 'JMX of a raw broker',
    standsFor: 'remote management, which without authentication runs code',
  },
  'agent-port': {
    ...port,
    title: 'Agent of a raw broker',
    standsFor: 'the endpoint that the operator asks about the state of the broker',
  },
  'controller-port': {
    ...port,
    title: 'Controller port of a raw broker',
    standsFor: 'metadata, and orders to brokers, by the protocol of controllers',
  },
  'inter-broker-port': {
    ...port,
    title: 'Inter-broker port of a raw broker',
    standsFor: 'fetching partitions as a follower does',
  },
  'declared-port': {
    ...port,
    title: 'Another port that the broker declares',
    standsFor: 'listeners, proxies and sidecars of the broker that nobody thought of',
  },
  'any-port': {
    ...port,
    title: 'Any port of a raw broker by any protocol',
    standsFor: 'a scan',
  },
  'udp-twin': {
    ...twin,
    title: 'UDP at the port of Kafka',
    standsFor: 'a rule that names a port for every protocol, and an accomplice that listens',
    remedy: 'name the protocol TCP and the port in every rule that lets somebody in',
  },
  'sctp-twin': {
    ...twin,
    title: 'SCTP at the port of Kafka',
    standsFor: 'a rule that names no protocol, and an accomplice that listens',
    remedy: 'name the protocol TCP and the port in every rule that lets somebody in',
  },
  'ipv6-twin': {
    ...twin,
    title: 'Kafka over IPv6',
    standsFor: 'a second address of the broker that rules by IPv4 blocks forget',
    remedy: 'select pods by labels, or give the same rules for both families',
  },
} as const satisfies Readonly<Record<string, AttackProfile>>;

type Kind = keyof typeof brokerPortProfiles;

/** By custom of Strimzi and of exporters. */
const customary: readonly (readonly [Kind, number])[] = [
  ['metrics-port', 9404],
  ['jmx-port', 9999],
  ['agent-port', 8443],
  ['controller-port', 9090],
  ['inter-broker-port', 9091],
];

/** Attacks on other ports and by other protocols. */
export function* brokerPorts(scene: AttackScene, raw: RawBroker): Generator<Draft> {
  const { pod } = raw;
  const rogue =
    pod === null
      ? foreigner(scene)
      : lookAlike(scene, pod.namespace, {
          labels: new Map(Object.entries(intruderLabels)),
          serviceAccount: 'default',
        });
  const draft = (
    kind: Kind,
    at: Parameters<typeof atBroker>[2],
    more: Partial<Draft> = {},
  ): Draft => ({
    kind,
    profile: brokerPortProfiles[kind],
    ...atBroker(scene, raw, at),
    source: rogue,
    ...more,
  });
  for (const [kind, number, protocol] of portsOf(raw))
    yield draft(kind, { port: number, protocol });
  for (const [about, source] of [
    ['beside', rogue],
    ['foreign', foreigner(scene)],
    ['world', { kind: 'external', address: '203.0.113.7' }],
  ] as const)
    if (pod !== null || about === 'foreign')
      yield draft('any-port', {}, { source, about, sweep: true, control: null });
  const anonymizer = scene.identities.get('anonymizer');
  for (const [kind, protocol] of [
    ['udp-twin', 'UDP'],
    ['sctp-twin', 'SCTP'],
  ] as const) {
    yield draft(kind, { protocol });
    if (anonymizer !== undefined)
      yield draft(kind, { protocol }, { source: posing(scene, anonymizer), about: 'anonymizer' });
  }
  if (pod === null) return;
  yield draft('ipv6-twin', { family: 6 });
  yield draft('ipv6-twin', { family: 6 }, { source: foreigner(scene), about: 'foreign' });
  yield draft(
    'ipv6-twin',
    { family: 6 },
    { source: { kind: 'external', address: '2001:db8::7' }, about: 'world' },
  );
}

/** Customary ports, those that the map names and those that the pod declares, but for the port that everything else is about. */
function portsOf({ broker, pod }: RawBroker): readonly (readonly [Kind, number, Protocol])[] {
  const found = new Map<string, readonly [Kind, number, Protocol]>();
  const add = (kind: Kind, number: number, protocol: Protocol): void => {
    const key = `${protocol} ${number}`;
    if (key !== `TCP ${broker.port}` && !found.has(key)) found.set(key, [kind, number, protocol]);
  };
  if (broker.metricsPort !== null) add('metrics-port', broker.metricsPort, 'TCP');
  for (const [kind, number] of customary) add(kind, number, 'TCP');
  for (const { number, protocol } of pod?.shape.ports ?? []) add('declared-port', number, protocol);
  if (broker.openPort !== broker.port) found.delete(`TCP ${broker.openPort}`);
  return [...found.values()];
}
