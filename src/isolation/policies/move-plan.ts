/** A move in two phases: open the way to the new places, move, close the way to the old ones. At no time does a declared flow lack its way. */
import { compareFindings, type Finding } from '../findings/finding.ts';
import { flowMap, type FlowMap } from '../topology/flow-map.ts';
import { topicRoles, type Declared } from '../topology/placement.ts';
import { coordinatorTopics } from '../topology/coordinators.ts';
import { generate, type GeneratedFile, type GenerateOptions } from './generate.ts';
import { afterMove, renderReassignment, type PartitionMove } from './reassignment.ts';
import { separate, type Side } from './separation.ts';
import { flowId } from './policy-set.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';

/** Moves by cluster. */
export type Moves = ReadonlyMap<string, readonly PartitionMove[]>;

/** Folders of the policies of each phase. */
export const phases = { open: 'phase-1-open', close: 'phase-2-close' } as const;

export interface MovePlan {
  readonly files: readonly GeneratedFile[];
  /** Worst first; an error where the plan does not lead to a placement that can be fenced. */
  readonly findings: readonly Finding[];
}

/** Moves that part raw from sanitized topics in every cluster where they share brokers, or why there are none. */
export function separatingMoves(
  declared: Declared,
  snapshot: KafkaSnapshot,
): { readonly moves: Moves; readonly findings: readonly Finding[] } {
  const moves = new Map<string, readonly PartitionMove[]>();
  const findings: Finding[] = [];
  const mixed = mixedClusters(declared, snapshot);
  for (const [name, cluster] of Object.entries(snapshot.clusters).toSorted()) {
    if (!mixed.has(name)) continue;
    const separation = separate(cluster, sides(declared, name, snapshot));
    if (separation.kind === 'separated') {
      if (separation.moves.length > 0) moves.set(name, separation.moves);
      continue;
    }
    const { brokers, raw, open } = separation;
    findings.push({
      code: 'SEPARATION_IMPOSSIBLE',
      severity: 'error',
      subject: name,
      message: `the cluster has ${brokers} brokers, and raw topics need ${raw} and sanitized ones ${open} of their own to keep their replication factors`,
      remedy: `add brokers, at least ${raw + open - brokers} more, or lower replication factors, or choose isolation.mode cluster or listener`,
      deciders: [],
      path: [],
    });
  }
  return { moves, findings };
}

/** Clusters where outsiders would have to reach a raw broker. */
function mixedClusters(declared: Declared, snapshot: KafkaSnapshot): ReadonlySet<string> {
  const { brokers, findings } = flowMap(declared, snapshot);
  const troubled = new Set(
    findings.filter(({ code }) => code.endsWith('_ON_RAW')).map(({ subject }) => subject),
  );
  return new Set([
    ...brokers.filter(({ standing }) => standing === 'shared').map(({ cluster }) => cluster),
    ...declared.isolation.clients
      .filter(({ name }) => troubled.has(`client ${name}`))
      .map(({ cluster }) => cluster),
  ]);
}

/** The files of a move: what `kafka-reassign-partitions` takes, and the policies of both phases. */
export function planMove(
  declared: Declared,
  snapshot: KafkaSnapshot,
  moves: Moves,
  options: Omit<GenerateOptions, 'transition'>,
): MovePlan {
  const before = flowMap(declared, snapshot);
  const target = [...moves].reduce(
    (state, [cluster, own]) => afterMove(state, cluster, own),
    snapshot,
  );
  const after = flowMap(declared, target);
  const open = generate(both(before, after), { ...options, transition: true });
  const close = generate(after, options);
  const reassignments = [...moves].map(([cluster, own]) => ({
    path: moves.size === 1 ? 'reassignment.json' : `reassignment-${cluster}.json`,
    text: renderReassignment(own),
  }));
  // Where the target can't be fenced, nothing is worth moving to.
  const files = close.refused
    ? []
    : [...reassignments, ...under(phases.open, open.files), ...under(phases.close, close.files)];
  return {
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    findings: [...close.findings, ...mixing(before, after)].toSorted(compareFindings),
  };
}

/** Brokers that hold raw and sanitized topics only while the move runs. */
function mixing(before: FlowMap, after: FlowMap): readonly Finding[] {
  const later = new Map(after.brokers.map((broker) => [broker.name, broker]));
  return before.brokers.flatMap(({ name, standing, raw, open }) => {
    const then = later.get(name);
    const meets =
      (raw.length > 0 && (then?.open.length ?? 0) > 0) ||
      (open.length > 0 && (then?.raw.length ?? 0) > 0);
    if (!meets || standing === 'shared' || then?.standing === 'shared') return [];
    return [
      {
        code: 'MOVE_SHARES_BROKER',
        severity: 'warning',
        subject: name,
        message:
          'the broker holds raw and sanitized topics while the move runs: until it ends, who reads the one reaches the other',
        remedy:
          'first move what it holds to other brokers, and in a second move what it shall hold',
        deciders: [],
        path: [],
      } as const,
    ];
  });
}

/** What each topic of a cluster asks for. Whatever outsiders use goes to open brokers, coordinators of theirs included. */
function sides(
  declared: Declared,
  cluster: string,
  { clusters }: KafkaSnapshot,
): (topic: string) => Side {
  const { roles } = topicRoles(declared, cluster, clusters);
  const outsiders = declared.isolation.clients
    .filter((client) => client.cluster === cluster)
    .filter((client) =>
      [...client.produces, ...client.consumes].every((topic) => roles.get(topic) !== 'raw'),
    );
  const theirs = new Set(outsiders.flatMap(({ produces, consumes }) => [...produces, ...consumes]));
  if (outsiders.some(({ groups }) => groups.length > 0)) theirs.add(coordinatorTopics.group);
  if (outsiders.some(({ transactionalIds }) => transactionalIds.length > 0))
    theirs.add(coordinatorTopics.transaction);
  return (topic) => {
    const role = roles.get(topic);
    if (role === 'raw' || role === 'open') return role;
    return theirs.has(topic) ? 'open' : 'either';
  };
}

/** Every flow of both maps. What is wrong with the first is what the move is for; what is wrong with the second stays. */
function both(before: FlowMap, after: FlowMap): FlowMap {
  const flows = new Map(before.flows.map((flow) => [flowId(flow), flow]));
  for (const flow of after.flows) {
    const why = [...(flows.get(flowId(flow))?.why ?? []), ...flow.why];
    flows.set(flowId(flow), { ...flow, why: [...new Set(why)].toSorted() });
  }
  const parties = new Map([...before.parties, ...after.parties].map((party) => [party.id, party]));
  const grants = new Map(
    [...before.grants, ...after.grants].map((grant) => [JSON.stringify(grant), grant]),
  );
  return {
    ...after,
    parties: [...parties.values()],
    flows: [...flows.values()],
    grants: [...grants.values()],
    scope: [...new Set([...before.scope, ...after.scope])].toSorted(),
  };
}

const under = (folder: string, files: readonly GeneratedFile[]): readonly GeneratedFile[] =>
  files.map(({ path, text }) => ({ path: `${folder}/${path}`, text }));
