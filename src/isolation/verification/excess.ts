/** What the policies allow at a subject and no flow declares, by the rule that lets it through. */
import { hasBit } from '../reachability/bit-set.ts';
import type { PortSet } from '../reachability/port-set.ts';
import { resolvePorts, rulesOf } from '../reachability/rule-parts.ts';
import { refText, type Direction, type Policy, type Rule } from '../reachability/rules.ts';
import type { Lens } from './lens.ts';
import type { Actor, Scene } from './scene.ts';

/** One undeclared connection that is possible. */
export interface Excess {
  readonly subject: Actor;
  readonly peer: Actor;
  readonly ports: PortSet;
}

/** What one rule lets through, or what no policy judges at all. */
export interface Opening {
  readonly direction: Direction;
  /** `null`: no policy has a say. */
  readonly by: { readonly policy: Policy; readonly rule: Rule } | null;
  readonly excess: readonly Excess[];
}

/** All undeclared connections of one subject in one direction. */
export function excessOf(
  scene: Scene,
  lens: Lens,
  direction: Direction,
  subject: Actor,
): readonly Excess[] {
  const own = lens.subject(subject.label, direction);
  if (own === undefined) return [];
  const found: Excess[] = [];
  for (const peer of scene.actors) {
    const other = lens.peer(peer.label, direction);
    if (other === undefined || peer.label === subject.label) continue;
    const allowed =
      direction === 'ingress'
        ? lens.reachability.between(other, own)
        : lens.reachability.between(own, other);
    if (allowed.isEmpty) continue;
    const [from, to] = direction === 'ingress' ? [peer, subject] : [subject, peer];
    const expected = scene.expected(from, to);
    const ports = expected.isEmpty ? allowed : allowed.subtract(expected);
    if (!ports.isEmpty) found.push({ subject, peer, ports });
  }
  return found;
}

/**
 * Sorts connections of one subject by the rules that allow them. Works rule by rule, not pair by pair: the few rules on the subject are looked
 * at once, however many peers there are.
 */
export function openingsOf(
  lens: Lens,
  direction: Direction,
  subject: Actor,
  excess: readonly Excess[],
): readonly Opening[] {
  if (excess.length === 0) return [];
  const openings = new Map<string, { by: NonNullable<Opening['by']>; excess: Set<Excess> }>();
  const allowed = attribute(lens, direction, subject, 'allow', excess, openings);
  // What a rule passed on and no later policy judges is let through by that rule.
  const passed = excess.filter((one) => !allowed.has(one));
  const known = attribute(lens, direction, subject, 'pass', passed, openings);
  const rest = passed.filter((one) => !known.has(one));
  return [
    ...[...openings.values()].map((one) => ({ direction, by: one.by, excess: [...one.excess] })),
    ...(rest.length === 0 ? [] : [{ direction, by: null, excess: rest }]),
  ];
}

/** Adds what rules of one action let through, and returns it. */
function attribute(
  lens: Lens,
  direction: Direction,
  subject: Actor,
  action: Rule['action'],
  excess: readonly Excess[],
  openings: Map<string, { by: NonNullable<Opening['by']>; excess: Set<Excess> }>,
): ReadonlySet<Excess> {
  const explained = new Set<Excess>();
  if (excess.length === 0) return explained;
  for (const index of lens.subject(subject.label, direction)?.bits ?? [])
    for (const policy of lens.policiesOn(index, direction))
      for (const rule of rulesOf(policy, direction)) {
        if (rule.action !== action) continue;
        if (!lens.reachability.universe.speaksFor(rule, direction, index)) continue;
        const hit = hits(lens, direction, rule, index, excess);
        if (hit.length === 0) continue;
        const key = `${refText(policy.ref)} ${rule.path}`;
        const opening = openings.get(key) ?? { by: { policy, rule }, excess: new Set() };
        openings.set(key, opening);
        for (const one of hit) {
          opening.excess.add(one);
          explained.add(one);
        }
      }
  return explained;
}

/** Those of the connections that the rule allows at least in part. */
function hits(
  lens: Lens,
  direction: Direction,
  rule: Rule,
  subject: number,
  excess: readonly Excess[],
): readonly Excess[] {
  const { universe } = lens.reachability;
  const peers = universe.peers(rule, direction);
  const fixed = direction === 'ingress' ? resolvePorts(rule, universe.classes[subject]) : undefined;
  return excess.filter(({ peer, ports }) =>
    lens.peer(peer.label, direction)?.bits.some((bit) => {
      if (!hasBit(peers, bit)) return false;
      const open = fixed ?? resolvePorts(rule, universe.classes[bit]);
      return !open.intersect(ports).isEmpty;
    }),
  );
}
