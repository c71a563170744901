/** Attackers who are somebody else, or who claim to be. */
import { createHash } from 'node:crypto';
import { refText, type PolicyRef, type Rule } from '../reachability/rules.ts';
import type { Protocol } from '../manifests/objects.ts';
import type { AttackSource } from './attack.ts';
import { atBroker, type AttackProfile, type Draft } from './draft.ts';
import { disguise } from './impersonate.ts';
import {
  insider,
  lookAlike,
  namespaceLabels,
  type AttackScene,
  type Identity,
  type RawBroker,
} from './scene.ts';

const denied = { family: 'impostor', technique: 'connect', expected: 'denied' } as const;
const closeIngress =
  'let raw brokers be reached by namespace (kubernetes.io/metadata.name) and pod labels of the declared parties only, and remove or deny what the named rule allows';

/** Attacks of this family, by kind. */
export const impostorProfiles = {
  'rogue-pod': {
    ...denied,
    title: 'Rogue pod in the namespace of the raw brokers',
    standsFor: 'a compromised or careless workload beside Kafka, or a debugging pod left behind',
    severity: 'error',
    closedBy: ['network policy'],
    residual: null,
    remedy: closeIngress,
  },
  'foreign-pod': {
    ...denied,
    title: 'Pod of an unrelated namespace',
    standsFor: 'any other tenant of the cluster',
    severity: 'error',
    closedBy: ['network policy'],
    residual: null,
    remedy: closeIngress,
  },
  'same-labels': {
    ...denied,
    title: "The anonymizer's labels in another namespace",
    standsFor: 'a tenant who copies labels, which everybody may set in a namespace of their own',
    severity: 'error',
    closedBy: ['network policy'],
    residual: null,
    remedy: closeIngress,
  },
  'namespace-labels': {
    ...denied,
    title: "A namespace relabelled like the anonymizer's",
    standsFor: 'somebody who may patch namespaces and copies the labels that policies trust',
    severity: 'error',
    closedBy: ['network policy', 'RBAC on namespaces'],
    residual:
      'whoever may update namespaces can set every label of one but kubernetes.io/metadata.name, which the API server keeps',
    remedy:
      'select namespaces by kubernetes.io/metadata.name, and let nobody but administrators update namespaces',
  },
  'made-to-measure': {
    ...denied,
    title: 'A pod made to satisfy one rule, in a namespace of its own',
    standsFor: 'an attacker who has read the policies',
    severity: 'error',
    closedBy: ['network policy'],
    residual: null,
    remedy: closeIngress,
  },
  'operator-look-alike': {
    ...denied,
    title: 'Labels of an operator or of monitoring, in another namespace',
    standsFor: 'a tenant who poses as the Kafka operator or as Prometheus',
    severity: 'error',
    closedBy: ['network policy'],
    residual: null,
    remedy:
      "bind the operator's rule to its namespace; for Strimzi, give the operator labels of its namespace or turn off the policies that it generates",
  },
  'broker-look-alike': {
    ...denied,
    title: "The broker's labels in another namespace",
    standsFor: 'a tenant who poses as a broker to the brokers',
    severity: 'error',
    closedBy: ['network policy'],
    residual: null,
    remedy: closeIngress,
  },
  'broker-spoof': {
    ...denied,
    expected: 'allowed',
    title: "A broker's labels in the namespace of brokers",
    standsFor: 'whoever may create pods beside the brokers and poses as one of them',
    severity: 'note',
    closedBy: ['admission guard', 'TLS or SASL client identity with ACLs', 'RBAC on pods'],
    residual:
      'brokers must reach brokers, and a network policy knows them by their labels alone: an impostor with these labels gets through',
    remedy:
      'keep others from creating such pods (admission guard, RBAC), and let inter-broker listeners ask for a client certificate',
  },
  'label-spoof': {
    ...denied,
    expected: 'allowed',
    mirrors: true,
    title: "A declared party's labels in its own namespace",
    standsFor: "whoever may create pods in a party's namespace and poses as that party",
    severity: 'note',
    closedBy: ['admission guard', 'TLS or SASL client identity with ACLs', 'RBAC on pods'],
    residual:
      'the declared party must get through, and a network policy knows it by namespace and labels alone: an impostor with both gets through',
    remedy:
      'keep others from creating such pods (admission guard, RBAC), and let the raw listener ask for a client identity that has ACLs',
  },
} as const satisfies Readonly<Record<string, AttackProfile>>;

type Kind = keyof typeof impostorProfiles;

/** Labels that nobody else has. */
export const intruderLabels = { 'app.kubernetes.io/name': 'intruder' } as const;

/** Labels that operators of Kafka and monitoring have by custom, with the ports that they ask for. */
const wellKnown = [
  { name: 'strimzi', labels: { 'strimzi.io/kind': 'cluster-operator' }, ports: [8443, 9091] },
  { name: 'prometheus', labels: { 'app.kubernetes.io/name': 'prometheus' }, ports: [] },
] as const;

/** An attacker's pod in a namespace that nobody has. */
export function foreigner(
  scene: AttackScene,
  more: Partial<Extract<AttackSource, { kind: 'pod' }>> = {},
): Extract<AttackSource, { kind: 'pod' }> {
  const namespace = more.namespace ?? scene.attackerNamespace;
  return {
    kind: 'pod',
    namespace,
    labels: intruderLabels,
    serviceAccount: 'default',
    hostNetwork: false,
    node: 'any',
    ...more,
    namespaceLabels: { ...more.namespaceLabels, 'kubernetes.io/metadata.name': namespace },
  };
}

/** A rule that lets somebody reach a raw broker, and a port that it opens. */
export interface Opening {
  readonly policy: PolicyRef;
  readonly rule: Rule;
  readonly protocol: Protocol;
  readonly port: number;
}

/** Attacks by impostors on one raw broker. `rules`: what the policies at hand let in there. */
export function* impostors(
  scene: AttackScene,
  raw: RawBroker,
  rules: readonly Opening[],
): Generator<Draft> {
  const draft = (kind: Kind, source: AttackSource, more: Partial<Draft> = {}): Draft => ({
    kind,
    profile: impostorProfiles[kind],
    ...atBroker(scene, raw),
    source,
    ...more,
  });
  yield draft('foreign-pod', foreigner(scene));
  const { pod, broker } = raw;
  if (pod !== null) {
    const { namespace, shape } = pod;
    const rogue = { labels: new Map(Object.entries(intruderLabels)), serviceAccount: 'default' };
    yield draft('rogue-pod', lookAlike(scene, namespace, rogue));
    const [peer] = raw.peers.keys();
    const posed = (peer === undefined ? undefined : scene.brokerPods.get(peer)) ?? pod;
    const ports = new Set([...raw.peers.values()].flat());
    for (const port of ports.size === 0 ? [broker.port] : ports)
      yield draft(
        'broker-spoof',
        lookAlike(scene, posed.namespace, posed.shape),
        atBroker(scene, raw, { port }),
      );
    yield draft(
      'broker-look-alike',
      foreigner(scene, { labels: Object.fromEntries(shape.labels) }),
    );
  }
  const anonymizer = scene.identities.get('anonymizer');
  if (anonymizer !== undefined) yield* copies(scene, raw, anonymizer, draft);
  for (const guest of raw.guests)
    yield draft('label-spoof', posing(scene, guest), {
      about: guest.party.id,
      control: insider(scene, guest),
    });
  for (const { name, labels, ports } of [...wellKnown, ...declaredOperators(scene)]) {
    const wanted = new Set([
      broker.port,
      ...ports,
      ...(broker.metricsPort === null ? [] : [broker.metricsPort]),
    ]);
    for (const port of wanted)
      yield draft('operator-look-alike', foreigner(scene, { labels }), {
        ...atBroker(scene, raw, { port }),
        about: name,
      });
  }
  for (const { policy, rule, protocol, port } of rules) {
    const source = madeToMeasure(scene, rule);
    if (source !== undefined)
      yield draft('made-to-measure', source, {
        ...atBroker(scene, raw, { protocol, port }),
        about: `${refText(policy)} ${rule.path}`,
      });
  }
}

/** A pod that the rule means; in a namespace of its own where the rule asks for labels of the namespace. */
function madeToMeasure(scene: AttackScene, rule: Rule): AttackSource | undefined {
  const { attackerNamespace, manifests, freshNamespace } = scene;
  const own = namespaceLabels(manifests, attackerNamespace);
  const found = disguise(rule, attackerNamespace, own);
  if (found === undefined) return undefined;
  const asked = Object.entries(found.namespaceLabels).filter(([key]) => own[key] === undefined);
  if (asked.length === 0) return foreigner(scene, { ...found, namespaceLabels: own });
  const hash = createHash('sha256').update(JSON.stringify(asked.toSorted())).digest('hex');
  const namespace = freshNamespace(`intruder-${hash.slice(0, 6)}`);
  const again = disguise(rule, namespace, {});
  return again === undefined ? undefined : foreigner(scene, { namespace, ...again });
}

function* copies(
  scene: AttackScene,
  raw: RawBroker,
  { namespace, pods }: Identity,
  draft: (kind: Kind, source: AttackSource, more?: Partial<Draft>) => Draft,
): Generator<Draft> {
  const { shape } = pods[0]!;
  const labels = Object.fromEntries(shape.labels);
  yield draft('same-labels', foreigner(scene, { labels }));
  if (raw.pod !== null && raw.pod.namespace !== namespace)
    yield draft('same-labels', lookAlike(scene, raw.pod.namespace, shape), {
      about: 'beside the broker',
    });
  yield draft(
    'namespace-labels',
    foreigner(scene, {
      namespace: scene.freshNamespace('intruder-relabelled'),
      namespaceLabels: namespaceLabels(scene.manifests, namespace),
      labels,
    }),
  );
}

/** A new pod that looks like the party in everything that a policy sees. */
export const posing = (scene: AttackScene, { namespace, pods }: Identity): AttackSource =>
  lookAlike(scene, namespace, pods[0]!.shape);

function declaredOperators(scene: AttackScene): readonly {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
}[] {
  return [...scene.identities.values()]
    .filter(({ party }) => party.kind === 'operator')
    .map(({ party, pods }) => ({
      name: party.id,
      labels: Object.fromEntries(pods[0]!.shape.labels),
      ports: [],
    }));
}
