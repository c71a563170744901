/** The attacks that this flow map, these workloads and these policies give cause for, each judged by the evaluator. */
import { compareFindings, type Finding } from '../findings/finding.ts';
import { compilePolicies } from '../reachability/flavours.ts';
import type { Policy } from '../reachability/rules.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Attack } from './attack.ts';
import { brokerPorts } from './broker-ports.ts';
import { compareKinds } from './catalogue.ts';
import { exfiltration } from './exfiltration.ts';
import { impostors } from './impostors.ts';
import { bystanderDraft, bystanders, insiders, pivots } from './insiders.ts';
import { inTime } from './in-time.ts';
import { judged } from './judged.ts';
import { openings } from './openings.ts';
import { outsiders } from './outside.ts';
import { attackScene, type AttackScene } from './scene.ts';
import { spareAddresses } from './spare-addresses.ts';
import { Stage } from './stage.ts';
import type { Post } from './ends.ts';
import type { Draft } from './draft.ts';

/** Every attack with its verdict, and every finding about them. Plain data in a fixed order. */
export interface Attacked {
  /** By family, kind and id. */
  readonly attacks: readonly Attack[];
  /** Of the attacks, and of what could not be attacked; worst first. */
  readonly findings: readonly Finding[];
}

/** Which attacks are made; all by default. */
export interface AttackOptions {
  /** Kinds of the catalogue. */
  readonly kinds?: ReadonlySet<string>;
  /** A namespace that is there and stands for those of strangers; by default one that is not there. */
  readonly attackerNamespace?: string;
}

/**
 * Derives the attacks and judges them. Attackers are added to the cluster as pods and namespaces of their own, which changes the verdict
 * about nobody else.
 */
export function attacks(
  flows: FlowMap,
  manifests: Manifests,
  { kinds, attackerNamespace }: AttackOptions = {},
): Attacked {
  const scene = attackScene(flows, manifests, attackerNamespace);
  const policies = compilePolicies(manifests.policies);
  const stage = new Stage(manifests, spareAddresses(policies));
  const wanted = ({ kind }: Draft): boolean => kinds?.has(kind) ?? true;
  const staged = [...drafts(scene, policies)]
    .filter(wanted)
    .map((draft) => ({ draft, ends: setUp(stage, draft) }));
  const strays = [...strayWorkloads(scene, stage)]
    .filter(wanted)
    .map((draft) => ({ draft, ends: setUp(stage, draft) }));
  const found = new Map<string, Attack>();
  for (const { draft, ends } of [...staged, ...strays]) {
    const attack = judged(draft, stage.judge(ends.from, ends.to, knockOf(draft)));
    if (!found.has(attack.id)) found.set(attack.id, attack);
  }
  const all = [...found.values()].toSorted(
    (a, b) => compareKinds(a.kind, b.kind) || (a.id < b.id ? -1 : 1),
  );
  return {
    attacks: all,
    findings: [...scene.gaps, ...all.flatMap(({ finding }) => finding ?? [])].toSorted(
      compareFindings,
    ),
  };
}

function* drafts(scene: AttackScene, policies: readonly Policy[]): Generator<Draft> {
  for (const raw of scene.raw) {
    yield* impostors(scene, raw, raw.pod === null ? [] : openings(scene, raw, raw.pod, policies));
    yield* insiders(scene, raw);
    yield* brokerPorts(scene, raw);
    yield* outsiders(scene, raw);
    yield* inTime(scene, raw);
  }
  yield* pivots(scene);
  yield* exfiltration(scene);
}

const never = (): boolean => false;

const knockOf = ({ protocol, port, sweep }: Draft) => ({ protocol, port, sweep: sweep ?? false });

function setUp(stage: Stage, draft: Draft): { readonly from: Post; readonly to: Post } {
  const { source, family, goal } = draft;
  // A broker whose node is unknown gets one, so that "the same node" and "another" mean something.
  const node = goal.pod?.shape.node ?? `node of ${goal.name}`;
  const { target } = goal;
  return {
    from: stage.source(source, family, node),
    to:
      goal.pod !== null
        ? stage.target(goal.pod, node)
        : target.kind === 'external' && goal.spared === undefined
          ? stage.address(target.address, family)
          : stage.world(
              target.kind === 'external' ? target.address : '',
              family,
              goal.spared ?? never,
            ),
  };
}

/** For each raw broker the first workload that nobody declared and that gets in; where none does, the first of all. */
function* strayWorkloads(scene: AttackScene, stage: Stage): Generator<Draft> {
  const strangers = bystanders(scene);
  const [first] = strangers;
  if (first === undefined) return;
  for (const raw of scene.raw) {
    if (raw.pod === null) continue;
    const draft = bystanderDraft(scene, raw, first);
    const { to } = setUp(stage, draft);
    const gets = strangers
      .map((one) => bystanderDraft(scene, raw, one))
      .find((one) => stage.reaches(setUp(stage, one).from, to));
    yield gets ?? draft;
  }
}
