/** What the API server was seen to have as it should: all that is repaired while inputs are missing. */
import { covers } from './merge-patch.ts';
import {
  isOwn,
  meddlers,
  sameMetadata,
  sameOwner,
  sameSpec,
  type LivePolicy,
  type WantedPolicy,
} from './policy-objects.ts';
import type { EnforcedPolicy, Memory, Step } from './decision.ts';

/** Repairs that are further apart than this have nothing to do with each other. */
const quarrel = 60_000;

/** Whether a policy stands with all that decides. */
export function stands(
  live: LivePolicy,
  { spec }: WantedPolicy,
  known: EnforcedPolicy | undefined,
): boolean {
  if (!sameOwner(live)) return false;
  if (sameSpec(live.spec, spec)) return true;
  return (
    known !== undefined && sameSpec(known.wanted.spec, spec) && sameSpec(live.spec, known.stored)
  );
}

/** Brings what is known to be enforced up to date with what stands. */
export function remember(
  memory: Memory,
  live: ReadonlyMap<string, LivePolicy>,
  { identity, fresh }: { readonly identity: string; readonly fresh: boolean },
): Memory {
  const { good, adopted } = memory;
  const enforced = new Map(memory.enforced);
  if (!adopted)
    for (const [key, policy] of live)
      if (isOwn(policy, identity) && meddlers(policy).length === 0)
        enforced.set(key, { wanted: asWanted(policy), stored: policy.spec });
  if (fresh && good !== null) {
    for (const [key, wanted] of good.policies) {
      const found = live.get(key);
      if (found === undefined) continue;
      if (stands(found, wanted, enforced.get(key)) && sameMetadata(found, wanted))
        enforced.set(key, { wanted, stored: found.spec });
    }
    // Gone and not wanted: another warden has pruned it.
    for (const key of enforced.keys())
      if (!good.policies.has(key) && !live.has(key)) enforced.delete(key);
  }
  return { ...memory, enforced, adopted: true };
}

/** A policy that stood at the start, as it stood. */
const asWanted = ({
  apiVersion,
  kind,
  namespace,
  name,
  labels,
  annotations,
  spec,
}: LivePolicy): WantedPolicy => ({ apiVersion, kind, namespace, name, labels, annotations, spec });

/** What was done, as the API server confirmed it. */
export type Done =
  | {
      readonly step: Extract<Step, { readonly kind: 'apply' }>;
      readonly stored: WantedPolicy['spec'];
    }
  | { readonly step: Extract<Step, { readonly kind: 'prune' }> };

/** Remembers a step that is done. */
export function acknowledge(memory: Memory, done: Done, now: number): Memory {
  const enforced = new Map(memory.enforced);
  const { key } = done.step;
  if (!('stored' in done)) {
    enforced.delete(key);
    return { ...memory, enforced };
  }
  enforced.set(key, { wanted: done.step.wanted, stored: done.stored });
  if (done.step.reason !== 'repair') return { ...memory, enforced };
  const before = memory.repairs.get(key);
  const count = before !== undefined && now - before.last < quarrel ? before.count + 1 : 1;
  const repairs = new Map([...memory.repairs].filter(([, { last }]) => now - last < quarrel));
  return { ...memory, enforced, repairs: repairs.set(key, { count, last: now }) };
}

/**
 * Whether the answer to a write says what was written. A NetworkPolicy has no defaults beyond those that we write out, so anything else was changed on
 * the way, as by a mutating webhook; other kinds may have members added.
 */
export function confirms(
  stored: WantedPolicy['spec'],
  { kind, apiVersion, spec }: WantedPolicy,
): boolean {
  return kind === 'NetworkPolicy' && apiVersion === 'networking.k8s.io/v1'
    ? sameSpec(stored, spec)
    : covers(stored, spec);
}
