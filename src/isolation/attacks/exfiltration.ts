/** Ways out: where raw records could be carried to. */
import { parseAddress, type AddressRange, type Family } from '../manifests/addresses.ts';
import { undeclaredShape, type Protocol } from '../manifests/objects.ts';
import type { AttackSource } from './attack.ts';
import type { AttackProfile, Draft, Goal } from './draft.ts';
import { foreigner, intruderLabels } from './impostors.ts';
import { insider, lookAlike, type AttackScene, type Identity, type TargetPod } from './scene.ts';

const out = {
  family: 'exfiltration',
  technique: 'connect',
  expected: 'denied',
  severity: 'error',
  closedBy: ['network policy'],
  residual: null,
} as const;
const closeEgress =
  'deny egress by default, and allow the declared brokers, the registry and the name service alone';

/** Attacks of this family, by kind. */
export const exfiltrationProfiles = {
  'egress-world': {
    ...out,
    title: 'From the anonymizer to the world',
    standsFor: 'a compromised anonymizer, or one of its dependencies, that sends records away',
    remedy: closeEgress,
  },
  'egress-metadata': {
    ...out,
    title: "From the anonymizer to the cloud's metadata service",
    standsFor: "theft of the node's credentials",
    remedy: closeEgress,
  },
  'egress-accomplice': {
    ...out,
    title: 'From the anonymizer to another pod',
    standsFor: 'a compromised anonymizer with an accomplice in the cluster',
    remedy: closeEgress,
  },
  'foreign-resolver': {
    ...out,
    title: "From the anonymizer to somebody else's name service",
    standsFor: 'records in the questions to a resolver of the attacker',
    remedy: 'allow port 53 to the name service of the cluster alone',
  },
  'dns-tunnel': {
    ...out,
    expected: 'allowed',
    mirrors: true,
    severity: 'note',
    title: "Through the cluster's own name service",
    standsFor: 'records in the questions to the allowed resolver, which forwards them to the world',
    closedBy: ['name service that does not forward'],
    residual:
      'the anonymizer must resolve names, and a name service that forwards carries a few bytes with each question: no network policy sees into questions',
    remedy:
      'let the name service answer the anonymizer for names of the cluster only, or give all servers by address and leave isolation.dns out',
  },
  'broker-egress-world': {
    ...out,
    severity: 'warning',
    title: 'From a raw broker to the world',
    standsFor:
      'a compromised broker, or tiered storage that nobody declared, that sends records away',
    remedy: 'deny egress of raw brokers by default',
  },
} as const satisfies Readonly<Record<string, AttackProfile>>;

type Kind = keyof typeof exfiltrationProfiles;

/** Hosts of the Internet (RFC 5737, RFC 3849: for documentation), by family. */
const worldAddress: Readonly<Record<Family, string>> = { 4: '198.51.100.7', 6: '2001:db8::7' };

/** Attacks from the inside out. */
export function* exfiltration(scene: AttackScene): Generator<Draft> {
  const anonymizer = scene.identities.get('anonymizer');
  if (anonymizer !== undefined)
    for (const [index, pod] of distinctPods(anonymizer).entries()) {
      const source = insider(scene, { ...anonymizer, pods: [pod] });
      yield* fromAnonymizer(scene, source, index === 0 ? '' : sourceName(source));
    }
  for (const { broker, pod } of scene.raw) {
    if (pod === null) continue;
    for (const family of [4, 6] as const)
      yield {
        ...draft(scene, 'broker-egress-world', {
          source: lookAlike(scene, pod.namespace, pod.shape),
          goal: theWorld(scene, family, `broker ${broker.name}`),
          port: 443,
          family,
          about: `from ${broker.name}`,
        }),
        sweep: true,
      };
  }
}

function* fromAnonymizer(
  scene: AttackScene,
  source: AttackSource,
  about: string,
): Generator<Draft> {
  const go = (kind: Kind, goal: Goal, protocol: Protocol, port: number, family: Family): Draft =>
    draft(scene, kind, { source, goal, protocol, port, family, about });
  for (const family of [4, 6] as const) {
    const world = theWorld(scene, family, 'anonymizer');
    yield { ...go('egress-world', world, 'TCP', 443, family), sweep: true };
    for (const protocol of ['UDP', 'TCP'] as const)
      yield go('foreign-resolver', world, protocol, 53, family);
  }
  yield { ...go('egress-metadata', metadataService, 'TCP', 80, 4), sweep: true };
  const accomplice = foreigner(scene, { namespace: scene.freshNamespace('accomplice') });
  yield {
    ...go('egress-accomplice', podGoal('accomplice', accomplice), 'TCP', 443, 4),
    sweep: true,
  };
  for (const { namespace } of new Map(
    scene.raw.flatMap(({ pod }) => (pod === null ? [] : [[pod.namespace, pod] as const])),
  ).values()) {
    const labels = new Map(Object.entries(intruderLabels));
    const beside = lookAlike(scene, namespace, { labels, serviceAccount: 'default' });
    const goal = podGoal(`accomplice in ${namespace}`, beside);
    yield { ...go('egress-accomplice', goal, 'TCP', 443, 4), sweep: true };
  }
  for (const { to, protocol, port } of scene.flows.flows.filter(
    (flow) => flow.from === 'anonymizer' && flow.to === 'dns',
  )) {
    const dns = scene.identities.get(to);
    if (dns !== undefined) yield go('dns-tunnel', identityGoal(dns), protocol, port, 4);
  }
}

function draft(
  scene: AttackScene,
  kind: Kind,
  parts: Pick<Draft, 'source' | 'goal' | 'port' | 'family' | 'about'> & {
    readonly protocol?: Protocol;
  },
): Draft {
  return {
    kind,
    profile: exfiltrationProfiles[kind],
    protocol: 'TCP',
    control: kind === 'dns-tunnel' ? parts.source : foreigner(scene),
    behind: [],
    ...parts,
  };
}

/** Pods of the party that run different workloads: policies may treat each differently. */
function distinctPods({ pods }: Identity): readonly TargetPod[] {
  return [...new Map(pods.map((pod) => [pod.workload, pod])).values()];
}

const sourceName = (source: AttackSource): string =>
  source.kind === 'workload' ? source.workload : '';

/** Everything outside but for what the flow map lets the party reach. */
function theWorld({ flows }: AttackScene, family: Family, party: string): Goal {
  const declared = flows.flows
    .filter(({ from }) => from === party)
    .flatMap(({ to }) => {
      const place = flows.parties.find(({ id }) => id === to)?.place;
      return place?.kind === 'address' ? [place.address] : [];
    });
  const addresses = new Set(declared.map((text) => text.replace(/^\[(.*)\]$/, '$1')));
  // A host by name may be any address, but it is one, not a network.
  const byName = [...addresses].some((text) => parseAddress(text) === undefined);
  const isDeclared = ({ first, last }: AddressRange): boolean =>
    first === last &&
    (byName ||
      [...addresses].some((text) => {
        const address = parseAddress(text);
        return address?.family === family && address.number === first;
      }));
  return {
    name: 'the world',
    pod: null,
    target: { kind: 'external', address: worldAddress[family] },
    spared: isDeclared,
  };
}

/** The address of the metadata service with all large providers (link-local, RFC 3927). */
const metadataService: Goal = {
  name: 'metadata service',
  pod: null,
  target: { kind: 'external', address: '169.254.169.254' },
};

function podGoal(name: string, source: Extract<AttackSource, { kind: 'pod' }>): Goal {
  const { namespace, labels, serviceAccount } = source;
  return {
    name,
    pod: {
      namespace,
      workload: null,
      shape: { ...undeclaredShape, labels: new Map(Object.entries(labels)), serviceAccount },
    },
    target: { kind: 'pod', namespace, labels, pod: null },
  };
}

function identityGoal({ party, namespace, pods }: Identity): Goal {
  const pod = pods[0]!;
  const labels =
    party.place?.kind === 'pods' ? party.place.podSelector : Object.fromEntries(pod.shape.labels);
  return {
    name: 'name service',
    pod,
    target: { kind: 'pod', namespace, labels, pod: pod.shape.name ?? null },
  };
}
