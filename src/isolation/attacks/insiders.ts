/** Attackers inside of workloads that are there: taken over, given a sidecar, or used as a step. */
import { workloadLabel, type Workload } from '../manifests/objects.ts';
import type { AttackSource } from './attack.ts';
import { atBroker, type AttackProfile, type Draft } from './draft.ts';
import { foreigner } from './impostors.ts';
import {
  insider,
  lookAlike,
  type AttackScene,
  type Identity,
  type RawBroker,
  type TargetPod,
} from './scene.ts';

const inside = { family: 'insider', technique: 'connect', severity: 'error' } as const;

/** Attacks of this family, by kind. */
export const insiderProfiles = {
  sidecar: {
    ...inside,
    title: 'Sidecar or debug container in a pod that is let through',
    standsFor: 'an injected sidecar, an ephemeral container, or code run inside a declared party',
    expected: 'allowed',
    severity: 'note',
    closedBy: [
      'admission guard',
      'TLS or SASL client identity with ACLs',
      'hardening of the workload',
    ],
    residual:
      'containers of a pod share its network: no network policy tells them apart. Credentials that only one container can read do',
    remedy:
      'guard pods/exec and pods/ephemeralcontainers, and mount credentials into the one container that needs them',
  },
  'outside-client': {
    ...inside,
    title: 'Declared client without raw topics, taken over',
    standsFor: 'a consumer of sanitized topics that looks for the raw ones',
    expected: 'denied',
    closedBy: ['network policy'],
    residual: null,
    remedy: 'let the client reach open brokers only: `lethe network map` says which',
  },
  'outside-client-port': {
    ...inside,
    title: 'Declared client at other ports of a raw broker',
    standsFor:
      'a consumer of sanitized topics that tries inter-broker, controller and metrics ports',
    expected: 'denied',
    closedBy: ['network policy'],
    residual: null,
    remedy: 'let the client reach open brokers only, at the port of Kafka',
  },
  bystander: {
    ...inside,
    title: 'Workload of the cluster that nobody declared',
    standsFor: 'any workload that happens to be let through: exporters, connectors, proxies, tools',
    expected: 'denied',
    closedBy: ['network policy'],
    residual: null,
    remedy: 'declare it in isolation.clients or isolation.operators if it must, or deny it',
  },
  'open-broker': {
    ...inside,
    title: 'Broker without raw topics, taken over',
    standsFor: 'a compromised broker of the same Kafka cluster, or a fetch through one',
    expected: 'allowed',
    severity: 'note',
    closedBy: ['TLS or SASL client identity with ACLs', 'hardening of the workload'],
    residual:
      'brokers of one cluster must reach each other, and a broker is trusted with every topic: mode "cluster" alone parts them',
    remedy: 'keep raw topics in a Kafka cluster of their own (isolation.mode cluster)',
  },
  pivot: {
    ...inside,
    title: 'Through a workload that is let through',
    standsFor:
      'a stranger who reaches the open ports of a party that reaches raw brokers: REST of a connector, a debug port, an admin page',
    expected: 'denied',
    closedBy: ['network policy', 'hardening of the workload'],
    residual: null,
    remedy: 'let nobody reach that workload but those who are declared to',
  },
  'pivot-of-client': {
    ...inside,
    title: 'Through a declared client of raw topics',
    standsFor: 'a stranger who reaches the open ports of a producer or an operator',
    expected: 'allowed',
    severity: 'note',
    closedBy: ['hardening of the workload', 'network policy'],
    residual:
      'who may reach a declared client is its own affair, but whoever takes it over stands before raw brokers',
    remedy: 'fence the client as well, where it need not serve everybody',
  },
} as const satisfies Readonly<Record<string, AttackProfile>>;

type Kind = keyof typeof insiderProfiles;

/** Ports that brokers have beside those of clients: KRaft and replication of Strimzi, and of Kafka by custom. */
const brokerPorts = [9090, 9091] as const;

/** Attacks by insiders on one raw broker. */
export function* insiders(scene: AttackScene, raw: RawBroker): Generator<Draft> {
  const draft = (kind: Kind, source: AttackSource, more: Partial<Draft> = {}): Draft => ({
    kind,
    profile: insiderProfiles[kind],
    ...atBroker(scene, raw),
    source,
    ...more,
  });
  const { broker, guests, pod } = raw;
  for (const guest of guests)
    yield draft('sidecar', insider(scene, guest), {
      about: guest.party.id,
      control: insider(scene, guest),
    });
  const outsiders = [...scene.identities.values()].filter(
    (one) => one.party.kind === 'client' && !guests.includes(one),
  );
  for (const client of outsiders) {
    const about = client.party.id;
    yield draft('outside-client', insider(scene, client), { about });
    const ports = new Set([...brokerPorts, broker.metricsPort ?? brokerPorts[0]]);
    for (const port of ports)
      yield draft('outside-client-port', insider(scene, client), {
        ...atBroker(scene, raw, { port }),
        about,
      });
  }
  for (const [name, ports] of pod === null ? [] : raw.peers) {
    const other = scene.brokerPods.get(name);
    // Another raw broker has raw records of its own.
    if (other === undefined || scene.raw.some((one) => one.broker.name === name)) continue;
    for (const port of ports)
      yield draft('open-broker', lookAlike(scene, other.namespace, other.shape), {
        ...atBroker(scene, raw, { port }),
        about: name,
      });
  }
}

/** Workloads that are neither declared nor brokers, in the order of the manifests; those on the network of nodes are another attack. */
export function bystanders(scene: AttackScene): readonly Workload[] {
  const declared = new Set<Workload | null>([
    ...[...scene.identities.values()].flatMap(({ pods }) => pods.map(({ workload }) => workload)),
    ...[...scene.brokerPods.values()].map(({ workload }) => workload),
  ]);
  return scene.manifests.workloads.filter(
    (workload) =>
      !declared.has(workload) && workload.shapes.some(({ hostNetwork }) => !hostNetwork),
  );
}

/** An attack by one undeclared workload on a raw broker. */
export function bystanderDraft(scene: AttackScene, raw: RawBroker, workload: Workload): Draft {
  const [shape] = workload.shapes;
  return {
    kind: 'bystander',
    profile: insiderProfiles.bystander,
    ...atBroker(scene, raw),
    source: {
      kind: 'workload',
      workload: workloadLabel(workload),
      namespace: workload.namespace,
      labels: Object.fromEntries(shape?.labels ?? []),
      serviceAccount: shape?.serviceAccount ?? 'default',
    },
    control: null,
    sweep: true,
  };
}

/** Strangers at the open ports of those who reach raw brokers: the first of two hops. */
export function* pivots(scene: AttackScene): Generator<Draft> {
  const seen = new Set<Identity>();
  for (const raw of scene.raw)
    for (const guest of raw.guests) {
      if (seen.has(guest)) continue;
      seen.add(guest);
      for (const pod of guest.pods) yield* throughPod(scene, guest, pod, raw);
    }
}

function* throughPod(
  scene: AttackScene,
  guest: Identity,
  pod: TargetPod,
  raw: RawBroker,
): Generator<Draft> {
  const kind = guest.party.kind === 'anonymizer' ? 'pivot' : 'pivot-of-client';
  const { namespace, shape, workload } = pod;
  const toIt = scene.flows.flows.filter(({ to }) => to === guest.party.id);
  const ports = new Map(
    [
      ...shape.ports.map(({ protocol, number }) => ({ protocol, number })),
      ...toIt.map(({ protocol, port }) => ({ protocol, number: port })),
    ].map((one) => [`${one.protocol} ${one.number}`, one]),
  );
  for (const { protocol, number } of ports.values()) {
    const caller = toIt.find((flow) => flow.port === number && flow.protocol === protocol)?.from;
    const identity = caller === undefined ? undefined : scene.identities.get(caller);
    yield {
      kind,
      profile: insiderProfiles[kind],
      about: '',
      source: foreigner(scene),
      goal: {
        name: workload === null ? guest.party.id : workloadLabel(workload),
        pod,
        target: {
          kind: 'pod',
          namespace,
          labels:
            guest.party.place?.kind === 'pods'
              ? guest.party.place.podSelector
              : Object.fromEntries(shape.labels),
          pod: shape.name ?? null,
        },
      },
      protocol,
      port: number,
      family: 4,
      control: identity === undefined ? null : insider(scene, identity),
      behind: [
        `TCP ${raw.broker.port}`,
        `broker ${raw.broker.name}`,
        ...raw.broker.raw.map((topic) => `topic ${topic}`),
      ],
    };
  }
}
