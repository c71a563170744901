/** Why a connection is allowed or denied: every policy and rule that has a say, in the order in which they are judged. */
import type { Origin } from '../manifests/objects.ts';
import { hasBit } from './bit-set.ts';
import { PortSet } from './port-set.ts';
import type { Endpoint, Reachability } from './reachability.ts';
import { refText, type Action, type Direction, type Policy, type PolicyRef } from './rules.ts';
import { resolvePorts } from './rule-parts.ts';

/** A rule that matches the peer. */
export interface Step {
  readonly policy: PolicyRef;
  /** Such as `ingress[0]`. */
  readonly rule: string;
  readonly origin: Origin;
  readonly action: Action;
  /** All ports that the rule matches here, also those that another rule decided before: for unions, who else opens them. */
  readonly matched: PortSet;
  /** The ports that this rule was the first to decide. */
  readonly decided: PortSet;
}

/** One direction of one connection. */
export interface Side {
  readonly direction: Direction;
  readonly steps: readonly Step[];
  /** Policies that deny what nothing allows; empty when the pod is open in this direction. */
  readonly isolatedBy: readonly PolicyRef[];
  /** Ports denied only because nothing allows them. */
  readonly isolated: PortSet;
  /** Ports allowed only because no policy decides about them. */
  readonly unjudged: PortSet;
  readonly allowed: PortSet;
}

/** The decision for one kind of pod of the source and one of the destination. */
export interface Explanation {
  readonly egress: Side | undefined;
  readonly ingress: Side | undefined;
  readonly allowed: PortSet;
}

/** Explains a connection; several entries where pods of one workload are judged differently. Ranges outside have no side of their own. */
export function explain(
  reachability: Reachability,
  source: Endpoint,
  destination: Endpoint,
): readonly Explanation[] {
  return source.bits.flatMap((from) =>
    destination.bits
      .filter((to) => reachability.meet(from, to))
      .map((to) => {
        const egress =
          source.range === undefined ? judgeSide(reachability, 'egress', from, to) : undefined;
        const ingress =
          destination.range === undefined
            ? judgeSide(reachability, 'ingress', to, from)
            : undefined;
        const allowed = (egress?.allowed ?? PortSet.all).intersect(ingress?.allowed ?? PortSet.all);
        return { egress, ingress, allowed };
      }),
  );
}

/** Walks the stages as `rules.ts` describes them, for one pod and one peer, rule by rule. */
function judgeSide(
  { universe, policies }: Reachability,
  direction: Direction,
  subject: number,
  peer: number,
): Side {
  const steps: Step[] = [];
  const isolatedBy: PolicyRef[] = [];
  let [allowed, open, passed, isolated] = [PortSet.none, PortSet.all, PortSet.none, PortSet.none];
  const destination = universe.classes[direction === 'ingress' ? subject : peer];
  const selecting = policies.filter(
    (policy) =>
      policy[direction] !== undefined && hasBit(universe.select(policy.subjects), subject),
  );
  for (const stage of stagesOf(selecting)) {
    for (const { ref, [direction]: rules } of stage) {
      for (const rule of rules?.rules ?? []) {
        if (!universe.speaksFor(rule, direction, subject)) continue;
        if (!hasBit(universe.peers(rule, direction), peer)) continue;
        const matched = resolvePorts(rule, destination);
        if (matched.isEmpty) continue;
        const decided = matched.intersect(open);
        open = open.subtract(decided);
        if (rule.action === 'allow') allowed = allowed.union(decided);
        if (rule.action === 'pass') passed = passed.union(decided);
        const { path, origin, action } = rule;
        steps.push({ policy: ref, rule: path, origin, action, matched, decided });
      }
    }
    const isolating = stage.filter((policy) => policy[direction]?.isolates === true);
    if (isolating.length > 0) {
      isolatedBy.push(...isolating.map(({ ref }) => ref));
      isolated = isolated.union(open);
      open = PortSet.none;
    }
    open = open.union(passed);
    passed = PortSet.none;
  }
  return {
    direction,
    steps,
    isolatedBy,
    isolated,
    unjudged: open,
    allowed: allowed.union(open),
  };
}

function stagesOf(policies: readonly Policy[]): readonly (readonly Policy[])[] {
  const found = new Map<string, Policy[]>();
  for (const policy of policies) {
    const key = `${policy.stage.order} ${policy.stage.name}`;
    const stage = found.get(key);
    if (stage === undefined) found.set(key, [policy]);
    else stage.push(policy);
  }
  return [...found.values()];
}

/** Prints one explanation, a line for each rule and each default. */
export function* renderExplanation({ egress, ingress }: Explanation): Generator<string> {
  for (const side of [egress, ingress]) {
    if (side === undefined) continue;
    const { direction, steps, isolatedBy, isolated, unjudged } = side;
    for (const { policy, rule, origin, action, matched } of steps)
      yield `${direction} ${action} ${matched.toString()} by ${refText(policy)} ${rule} (${origin.file}:${origin.line})`;
    if (!isolated.isEmpty)
      yield `${direction} deny ${isolated.toString()} because nothing allows it and ${isolatedBy.map(refText).join(', ')} isolates the pod`;
    if (!unjudged.isEmpty)
      yield `${direction} allow ${unjudged.toString()} because no policy decides about it`;
  }
}
