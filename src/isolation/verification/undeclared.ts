/** Findings about what is allowed and not declared: unprotected pods, excess flows, and holes by others. */
import { refText, type Direction } from '../reachability/rules.ts';
import { allowing, decider, distinct, explainPair } from './culprits.ts';
import { excessOf, openingsOf, type Excess, type Opening } from './excess.ts';
import { isPlain, severityOf, standingOf, subjectsOf, type Standing } from './subjects.ts';
import { some } from './words.ts';
import { type Decider, type Finding, type Severity } from '../findings/finding.ts';
import type { Lens } from './lens.ts';
import type { Presence } from './cast.ts';
import type { Actor, Scene } from './scene.ts';

/** Pairs that were judged, by direction. */
export interface Undeclared {
  readonly findings: readonly Finding[];
  readonly pairs: Readonly<Record<Direction, number>>;
}

const directions: readonly Direction[] = ['ingress', 'egress'];

/** Examines every connection of every subject. */
export function undeclared(scene: Scene): Undeclared {
  const groups = new Map<string, Group>();
  const findings: Finding[] = [];
  const subjects = subjectsOf(scene);
  for (const subject of subjects)
    for (const direction of directions) {
      const excess = excessOf(scene, scene.base, direction, subject);
      for (const opening of openingsOf(scene.base, direction, subject, excess))
        if (opening.by !== null) collect(groups, opening, opening.by);
        // What such a pod may do where nothing isolates it is told of its namespace.
        else if (!isPlain(subject)) findings.push(unprotected(scene, subject, opening));
      findings.push(...byImplementation(scene, direction, subject, excess));
    }
  const pairs = subjects.length * (scene.actors.length - 1);
  return {
    findings: [...merged(findings), ...[...groups.values()].map((group) => report(scene, group))],
    pairs: { ingress: pairs, egress: pairs },
  };
}

/** What one rule lets through, at all subjects. */
interface Group {
  readonly direction: Direction;
  readonly by: NonNullable<Opening['by']>;
  readonly excess: Excess[];
}

function collect(
  groups: Map<string, Group>,
  { direction, excess }: Opening,
  by: NonNullable<Opening['by']>,
): void {
  const key = [direction, refText(by.policy.ref), by.rule.path].join('\0');
  const group = groups.get(key) ?? { direction, by, excess: [] };
  groups.set(key, group);
  for (const one of excess) group.excess.push(one);
}

function report(scene: Scene, { direction, by, excess }: Group): Finding {
  const ours = scene.isOurs(by.policy.ref);
  const told = ranked(scene, direction, excess);
  const { severity, one: example } = told[0]!;
  const culprit = decider(by.policy.ref, by.rule);
  const subjects = [...new Set(told.map(({ one }) => one.subject.label))];
  const peers = [...new Set(told.map(({ one }) => one.peer.label))];
  const named = [
    ...new Set(
      told.map(({ one: { subject } }) => nameOf(standingOf(scene, subject)) + subject.label),
    ),
  ];
  const ends =
    direction === 'ingress'
      ? `${some(peers)} may reach ${some(named)}`
      : `${some(named)} may reach ${some(peers)}`;
  const flaw = ours ? 'no flow declares that' : 'no flow declares that, and the policy is not ours';
  return {
    code: ours ? 'EXCESS_FLOW' : 'HOLE_BY_OTHERS',
    severity,
    subject: some(subjects, 1),
    message: `${ends} at ${example.ports.toString()} by ${culprit.policy} ${culprit.rule ?? ''}: ${flaw}`,
    deciders: distinct([culprit, ...exampleDeciders(scene.base, direction, example)]),
    path: pathOf(scene, direction, example),
    remedy: ours
      ? 'generate the policies again, or declare the flow in the section isolation'
      : cureFor(
          by.policy.ref.name,
          excess.every(({ peer }) => peer.workload === undefined),
        ),
  };
}

const nameOf = (standing: Standing): string => (standing === 'other' ? '' : `${standing} `);

/** The gravest first, and of these the ones whose ends are there: they make the better example. */
function ranked(
  scene: Scene,
  direction: Direction,
  excess: readonly Excess[],
): readonly { readonly severity: Severity; readonly one: Excess }[] {
  return excess
    .map((one) => ({ severity: severityOf(scene, direction, one), one }))
    .toSorted(
      (a, b) =>
        ranks[a.severity] - ranks[b.severity] ||
        rank[a.one.peer.presence] - rank[b.one.peer.presence],
    );
}

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** What helps against a policy that somebody else owns. `outside`: it lets in addresses outside of the cluster only. */
function cureFor(name: string, outside: boolean): string {
  // Peers of ingress rules of a ClusterNetworkPolicy are namespaces and pods, never addresses.
  const deny = `or deny above it: ${outside ? '' : 'ClusterNetworkPolicy in the Admin tier, '}Cilium ingressDeny, or a Calico Deny rule`;
  return name.endsWith('-network-policy-kafka')
    ? `set networkPolicyPeers on each listener, or STRIMZI_NETWORK_POLICY_GENERATION=false on the operator and delete the policy, ${deny}`
    : `narrow or remove the policy with its owner, ${deny}`;
}

const rank: Readonly<Record<Presence, number>> = {
  real: 0,
  declared: 1,
  anywhere: 2,
  somewhere: 3,
};

const ordered = (excess: readonly Excess[]): readonly Excess[] =>
  excess.toSorted((a, b) => rank[a.peer.presence] - rank[b.peer.presence]);

function exampleDeciders(
  lens: Lens,
  direction: Direction,
  { subject, peer, ports }: Excess,
): readonly Decider[] {
  const [from, to] = direction === 'ingress' ? [peer, subject] : [subject, peer];
  const [source, destination] = [lens.source(from.label), lens.destination(to.label)];
  if (source === undefined || destination === undefined) return [];
  for (const a of source.bits)
    for (const b of destination.bits) {
      const one = explainPair(lens.reachability, source, destination, a, b);
      if (one !== undefined && !one.allowed.intersect(ports).isEmpty) return allowing(one, ports);
    }
  return [];
}

/** Hop by hop, to the raw topic where there is one at the end. */
export function pathOf(
  scene: Scene,
  direction: Direction,
  { subject, peer, ports }: Excess,
): readonly string[] {
  const [from, to] = direction === 'ingress' ? [peer, subject] : [subject, peer];
  const raw = to.parties.flatMap((id) => scene.brokers.get(id)?.raw ?? []);
  return [from.label, ports.toString(), to.label, ...raw.slice(0, 1).map((one) => `topic ${one}`)];
}

/** A subject whose connections no policy judges. */
function unprotected(scene: Scene, subject: Actor, { direction, excess }: Opening): Finding {
  const what = nameOf(standingOf(scene, subject));
  const { severity, one: example } = ranked(scene, direction, excess)[0]!;
  const near = inert(scene, subject, direction);
  const way = direction === 'ingress' ? 'everybody may reach it' : 'it may reach everybody';
  return {
    code: 'POD_UNPROTECTED',
    severity,
    subject: subject.label,
    message: `no policy isolates ${what}${subject.label} for ${direction}: ${way}, such as ${example.peer.label}${near.length === 0 ? '' : `; ${near[0]!.policy} has no say in that direction or selects other pods`}`,
    deciders: near,
    path: pathOf(scene, direction, example),
    remedy: `generate the policies again: a default deny for ${direction} is missing in its namespace`,
  };
}

/** Policies that look as if they were to isolate the subject: they select it for the other direction only, or isolate others of its namespace. */
function inert(scene: Scene, { label, workload }: Actor, direction: Direction): readonly Decider[] {
  const own = scene.base.subject(label, direction)?.bits ?? [];
  return scene.base.selecting
    .filter(({ policy: { ref } }) => ref.namespace === workload?.namespace && scene.isOurs(ref))
    .filter(({ policy, bits }) => {
      const selects = own.some((bit) => (bits[bit >>> 5]! & (1 << (bit & 31))) !== 0);
      const isolates = policy[direction]?.isolates === true;
      return selects ? !isolates : isolates && policy[direction]?.rules.length === 0;
    })
    .map(({ policy }) => decider(policy.ref))
    .slice(0, 3);
}

/** What only some implementations allow, beyond what all do. */
function byImplementation(
  scene: Scene,
  direction: Direction,
  subject: Actor,
  known: readonly Excess[],
): readonly Finding[] {
  const { matching } = scene;
  if (matching === undefined) return [];
  const before = new Map(known.map(({ peer, ports }) => [peer.label, ports]));
  const more = excessOf(scene, matching, direction, subject).flatMap((one) => {
    const old = before.get(one.peer.label);
    const ports = old === undefined ? one.ports : one.ports.subtract(old);
    return ports.isEmpty ? [] : [{ ...one, ports }];
  });
  return openingsOf(matching, direction, subject, more).flatMap(({ by, excess }) => {
    const [example] = ordered(excess);
    if (by === null || example === undefined) return [];
    const culprit = decider(by.policy.ref, by.rule);
    const peers = some(ordered(excess).map(({ peer }) => peer.label));
    return [
      {
        code: 'VERDICT_BY_IMPLEMENTATION',
        severity: 'warning' as const,
        subject: subject.label,
        message: `${culprit.policy} ${culprit.rule ?? ''} also lets ${peers} through at ${example.ports.toString()} where the network plugin takes ipBlock for pods too: Calico and kube-router do, Cilium doesn't`,
        deciders: [culprit],
        path: pathOf(scene, direction, example),
        remedy: 'select pods by labels, and keep addresses of pods out of ipBlock (except)',
      },
    ];
  });
}

/** The same about several subjects, such as all brokers of a set, as one finding. */
function merged(findings: readonly Finding[]): readonly Finding[] {
  const keyOf = ({ code, severity, deciders, message, subject }: Finding): string =>
    JSON.stringify([
      code,
      severity,
      message.replaceAll(subject, ''),
      deciders.map((one) => [one.policy, one.rule]),
    ]);
  return [...Map.groupBy(findings, keyOf).values()].map((group) => {
    const [first] = group;
    if (group.length === 1) return first!;
    const subjects = group.map(({ subject }) => subject);
    return {
      ...first!,
      subject: some(subjects, 1),
      message: `${first!.message} (and so for ${some(subjects.slice(1))})`,
    };
  });
}
