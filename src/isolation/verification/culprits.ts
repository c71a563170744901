/** Which policies are to blame: for what is allowed, the rules that allow it; for what is denied, those that deny it. */
import { explain, type Side } from '../reachability/explain.ts';
import { refText, type PolicyRef, type Rule } from '../reachability/rules.ts';
import type { Decider } from '../findings/finding.ts';
import type { PortSet } from '../reachability/port-set.ts';
import type { Endpoint, Reachability } from '../reachability/reachability.ts';

/** A policy as a whole, or one of its rules. */
export const decider = (ref: PolicyRef, rule?: Rule): Decider => ({
  policy: refText(ref),
  rule: rule?.path ?? null,
  origin: rule?.origin ?? ref.origin,
});

/** Deciders without repetitions, in order. */
export function distinct(deciders: Iterable<Decider>): readonly Decider[] {
  const found = new Map<string, Decider>();
  for (const one of deciders) found.set(keyOf(one), one);
  return [...found.values()];
}

/** Identifies a decider. */
export const keyOf = ({ policy, rule }: Decider): string => `${policy} ${rule ?? ''}`;

/** One pod of the source, one of the destination, and both sides of their connection. */
export interface Case {
  readonly from: number;
  readonly to: number;
  readonly egress: Side | undefined;
  readonly ingress: Side | undefined;
  readonly allowed: PortSet;
}

/** Explains one pair of classes. */
export function explainPair(
  reachability: Reachability,
  source: Endpoint,
  destination: Endpoint,
  from: number,
  to: number,
): Case | undefined {
  const [one] = explain(reachability, { ...source, bits: [from] }, { ...destination, bits: [to] });
  return one === undefined ? undefined : { from, to, ...one };
}

/** Rules that allow some of the ports, egress first; a side that no policy judges has none. */
export const allowing = ({ egress, ingress }: Case, ports: PortSet): readonly Decider[] =>
  distinct(
    [egress, ingress].flatMap((side) =>
      (side?.steps ?? [])
        .filter(({ action, decided }) => action === 'allow' && !decided.intersect(ports).isEmpty)
        .map(({ policy, rule, origin }) => ({ policy: refText(policy), rule, origin })),
    ),
  );

/** Policies and rules that deny some of the ports. */
export function denying({ egress, ingress }: Case, ports: PortSet): readonly Decider[] {
  return distinct(
    [egress, ingress].flatMap((side) => {
      if (side === undefined || ports.subtract(side.allowed).isEmpty) return [];
      const rules = side.steps
        .filter(({ action, decided }) => action === 'deny' && !decided.intersect(ports).isEmpty)
        .map(({ policy, rule, origin }) => ({ policy: refText(policy), rule, origin }));
      const whole = side.isolated.intersect(ports).isEmpty ? [] : side.isolatedBy;
      return [...rules, ...whole.map((ref) => decider(ref))];
    }),
  );
}
