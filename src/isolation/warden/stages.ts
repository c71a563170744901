/** What has to be written, in the order in which it has to be. */
import { stands } from './enforcement.ts';
import {
  flowsAnnotation,
  isOwn,
  meddlers,
  sameMetadata,
  sameOwner,
  sameSpec,
  type LivePolicy,
  type WantedPolicy,
} from './policy-objects.ts';
import type { EnforcedPolicy, Memory, Stage, Step } from './decision.ts';

type Live = ReadonlyMap<string, LivePolicy>;
type Apply = Extract<Step, { readonly kind: 'apply' }>;

/** Repairs before first, so that what was torn open is closed; then wider before narrower, and pruning last. */
const order = [
  'repair',
  'widen',
  'narrow',
  'deny',
  'refresh',
  'prune',
] as const satisfies readonly Stage['name'][];

/** Repairs of one policy that are done at once; further ones wait, since somebody else insists. */
const atOnce = 3;
const shortestWait = 500;
const longestWait = 5000;

/** From what stands to the wanted set. */
export function changes({
  wanted,
  live,
  memory,
  identity,
  now,
}: {
  readonly wanted: ReadonlyMap<string, WantedPolicy>;
  readonly live: Live;
  readonly memory: Memory;
  readonly identity: string;
  readonly now: number;
}): readonly Stage[] {
  const stages = new Map<Stage['name'], Step[]>();
  const add = (name: Stage['name'], step: Step): void => {
    stages.set(name, [...(stages.get(name) ?? []), step]);
  };
  for (const [key, policy] of sorted(wanted)) {
    const found = live.get(key);
    // Held up by a finalizer: it is written again when it is gone.
    if (found?.deleting === true) continue;
    const step = change(key, policy, found, memory);
    if (step === null || (step.reason === 'repair' && waits(key, memory, now))) continue;
    add(stageOf(step, memory.enforced.get(key)), step);
  }
  for (const [key, policy] of sorted(live))
    if (!wanted.has(key) && isOwn(policy, identity) && !policy.deleting)
      add('prune', { kind: 'prune', key, live: policy });
  return inOrder(stages);
}

/** Puts back what was enforced, where somebody took it away or altered it. */
export function repairs({
  live,
  memory,
  now,
}: {
  readonly live: Live;
  readonly memory: Memory;
  readonly now: number;
}): readonly Stage[] {
  const steps: Step[] = [];
  for (const [key, { wanted, stored }] of sorted(memory.enforced)) {
    const found = live.get(key);
    if (found?.deleting === true || waits(key, memory, now)) continue;
    if (found !== undefined && stands(found, wanted, { wanted, stored })) continue;
    steps.push(repair(key, wanted, found));
  }
  return inOrder(new Map([['repair', steps]]));
}

function change(
  key: string,
  wanted: WantedPolicy,
  found: LivePolicy | undefined,
  { enforced }: Memory,
): Apply | null {
  const known = enforced.get(key);
  if (found === undefined)
    return known === undefined ? apply(key, wanted, 'create') : repair(key, wanted, found);
  if (stands(found, wanted, known))
    return sameMetadata(found, wanted) ? null : apply(key, wanted, 'refresh');
  return wasAltered(found, known) ? repair(key, wanted, found) : apply(key, wanted, 'update');
}

/** Whether somebody else changed it, or only we want something new. */
function wasAltered(found: LivePolicy, known: EnforcedPolicy | undefined): boolean {
  if (known !== undefined)
    return (
      !sameOwner(found) ||
      !(sameSpec(found.spec, known.stored) || sameSpec(found.spec, known.wanted.spec))
    );
  return found.annotations['lethe/warden'] !== undefined && meddlers(found).length > 0;
}

const apply = (key: string, wanted: WantedPolicy, reason: Apply['reason']): Apply => ({
  kind: 'apply',
  key,
  wanted,
  reason,
  damage: null,
  by: [],
});

const repair = (key: string, wanted: WantedPolicy, found: LivePolicy | undefined): Apply => ({
  ...apply(key, wanted, 'repair'),
  damage: found === undefined ? 'deleted' : 'changed',
  // Of a deletion the API server keeps no account outside of its audit log.
  by: found === undefined ? [] : meddlers(found),
});

function stageOf({ reason, wanted }: Apply, known: EnforcedPolicy | undefined): Stage['name'] {
  if (reason === 'repair' || reason === 'refresh') return reason;
  const flows = flowsOf(wanted);
  if (flows === null) return 'deny';
  const before = known === undefined ? null : flowsOf(known.wanted);
  return before !== null && flows.every((flow) => before.includes(flow) && !/^and \d/.test(flow))
    ? 'narrow'
    : 'widen';
}

/** Flows that a policy allows; `null` for one that only denies. */
const flowsOf = ({ annotations }: WantedPolicy): readonly string[] | null =>
  annotations[flowsAnnotation]?.split('\n') ?? null;

/** Whether the next repair of a policy has to wait. */
function waits(key: string, { repairs: counts }: Memory, now: number): boolean {
  const known = counts.get(key);
  if (known === undefined || known.count < atOnce) return false;
  const wait = Math.min(shortestWait * 2 ** (known.count - atOnce), longestWait);
  return now < known.last + wait;
}

const inOrder = (stages: ReadonlyMap<Stage['name'], readonly Step[]>): readonly Stage[] =>
  order.flatMap((name) => {
    const steps = stages.get(name) ?? [];
    return steps.length === 0 ? [] : [{ name, steps }];
  });

const sorted = <Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
