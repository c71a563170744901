/** What a set of policies says about a connection that was seen. */
import { parseAddress } from '../manifests/addresses.ts';
import { workloadLabel, type Workload } from '../manifests/objects.ts';
import { explain, type Side } from '../reachability/explain.ts';
import { refText } from '../reachability/rules.ts';
import { Verdicts } from '../reachability/verdict.ts';
import { isPrivate } from './private-addresses.ts';
import type { Decider } from '../findings/finding.ts';
import type { Endpoint, Judged, Reachability } from '../reachability/reachability.ts';
import type { Protocol } from '../manifests/objects.ts';
import type { Peer } from './peers.ts';

/** Why a connection can't be judged. */
export type UnjudgedReason =
  | 'the source is no pod of the manifests'
  | 'the destination is no pod of the manifests'
  | 'neither end is a pod of the manifests'
  | 'the log does not tell the port'
  | 'pods of the workload are judged differently'
  | 'implementations of network policies differ here';

export type Judgement =
  | { readonly verdict: 'allowed' | 'denied'; readonly deciders: readonly Decider[] }
  | { readonly verdict: 'unjudged'; readonly why: UnjudgedReason };

/** Judges pairs of peers; every pod with labels of its own by itself, since replicas of one StatefulSet may be told apart. */
export class FlowJudge {
  readonly #verdicts: Verdicts;
  /** The labels of a workload's shapes, in their order. */
  readonly #labels = new Map<string, readonly string[]>();

  constructor(judged: Judged) {
    const workloads = judged.workloads.flatMap((workload) => this.#split(workload));
    this.#verdicts = new Verdicts({ ...judged, workloads });
  }

  judge(source: Peer, destination: Peer, protocol: Protocol, port: number | null): Judgement {
    if (port === null) return unjudged('the log does not tell the port');
    const [from, to] = [this.#ends(source, 'sources'), this.#ends(destination, 'destinations')];
    if (from.length === 0 && to.length === 0)
      return unjudged('neither end is a pod of the manifests');
    if (from.length === 0) return unjudged('the source is no pod of the manifests');
    if (to.length === 0) return unjudged('the destination is no pod of the manifests');
    if (from[0]?.range !== undefined && to[0]?.range !== undefined)
      return unjudged('neither end is a pod of the manifests');
    const words = new Set<'allowed' | 'denied' | 'open'>();
    for (const one of from)
      for (const other of to) {
        const verdict = this.#verdicts.between(one.label, other.label);
        if (verdict.allowed.contains(protocol, port)) words.add('allowed');
        else words.add(verdict.denied.contains(protocol, port) ? 'denied' : 'open');
      }
    if (words.has('open')) return unjudged('implementations of network policies differ here');
    if (words.size > 1) return unjudged('pods of the workload are judged differently');
    const verdict = words.has('allowed') ? 'allowed' : 'denied';
    const deciders = decidersOf(this.#verdicts.base, [from[0]!, to[0]!], protocol, port, verdict);
    return { verdict, deciders };
  }

  /** Every policy that has rules, under the name that deciders have; one that only isolates is not used, it is there. */
  get policies(): readonly Decider[] {
    const found = new Map<string, Decider>();
    for (const { ref, ingress, egress } of this.#verdicts.base.policies)
      if ((ingress?.rules.length ?? 0) + (egress?.rules.length ?? 0) > 0)
        found.set(refText(ref), { policy: refText(ref), rule: null, origin: ref.origin });
    return [...found.values()];
  }

  #split(workload: Workload): readonly Workload[] {
    const parts = workload.shapes.map((shape, index) => ({
      ...workload,
      name: workload.shapes.length === 1 ? workload.name : `${workload.name}#${index}`,
      shapes: [shape],
    }));
    this.#labels.set(workloadLabel(workload), parts.map(workloadLabel));
    return parts;
  }

  #ends(peer: Peer, side: 'sources' | 'destinations'): readonly Endpoint[] {
    const all = this.#verdicts.base[side];
    if (peer.workload !== null) {
      const labels = this.#labels.get(workloadLabel(peer.workload)) ?? [];
      const wanted = peer.shape === null ? labels : labels.slice(peer.shape, peer.shape + 1);
      return all.filter(({ label }) => wanted.includes(label));
    }
    // A pod that the manifests lack has labels that nobody knows; a private address may be such a pod's.
    if (peer.address === null || peer.label !== peer.address) return [];
    const address = parseAddress(peer.address);
    if (address === undefined || isPrivate(address)) return [];
    return all.filter(
      ({ range }) =>
        range?.family === address.family &&
        range.first <= address.number &&
        address.number <= range.last,
    );
  }
}

const unjudged = (why: UnjudgedReason): Judgement => ({ verdict: 'unjudged', why });

/** Who decided about one port: the rules that allow it on both sides, or those that deny it on either. */
function decidersOf(
  base: Reachability,
  [source, destination]: readonly [Endpoint, Endpoint],
  protocol: Protocol,
  port: number,
  verdict: 'allowed' | 'denied',
): readonly Decider[] {
  const [first] = explain(base, source, destination);
  const found: Decider[] = [];
  for (const side of [first?.egress, first?.ingress])
    if (side !== undefined) found.push(...decidersOnSide(side, protocol, port, verdict));
  return found;
}

function* decidersOnSide(
  { steps, isolatedBy, isolated }: Side,
  protocol: Protocol,
  port: number,
  verdict: 'allowed' | 'denied',
): Generator<Decider> {
  const action = verdict === 'allowed' ? 'allow' : 'deny';
  for (const { policy, rule, origin, action: does, decided } of steps)
    if (does === action && decided.contains(protocol, port))
      yield { policy: refText(policy), rule, origin };
  if (verdict === 'denied' && isolated.contains(protocol, port))
    for (const policy of isolatedBy)
      yield { policy: refText(policy), rule: null, origin: policy.origin };
}
