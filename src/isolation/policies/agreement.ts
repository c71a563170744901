/** Whether all flavours of one map mean the same, judged by the evaluator, which shares no code with the generator. */
import { AddressSet } from '../reachability/address-set.ts';
import { Reachability } from '../reachability/reachability.ts';
import { parseCidr } from '../manifests/addresses.ts';
import { parseManifests, type Manifests } from '../manifests/manifests.ts';
import { generate, type GeneratedFile } from './generate.ts';
import { peerOf } from './peers.ts';
import type { Flavour } from './flavours.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Party } from '../topology/flow-draft.ts';

/** Flavours that a network plugin enforces. */
export const networkFlavours = [
  'networkpolicy',
  'clusternetworkpolicy',
  'cilium',
  'calico',
] as const satisfies readonly Flavour[];

/** What one flavour allows and another does not, as lines of the list of connections. */
export interface Disagreement {
  readonly flavour: Flavour;
  /** Allowed by the flavour and not by NetworkPolicies. */
  readonly more: readonly string[];
  /** Allowed by NetworkPolicies and not by the flavour. */
  readonly less: readonly string[];
}

/**
 * Generates every flavour and compares what they allow for every pair of an estate: the pods of all parties, and beside them strangers in
 * the same namespaces and look-alikes with the same labels in another one. Empty where all mean the same.
 */
export function disagreements(flows: FlowMap): readonly Disagreement[] {
  const estate = estateOf(flows.parties);
  const allowed = (flavour: Flavour): ReadonlySet<string> => {
    const { files } = generate(flows, { flavour, transition: true });
    return new Set(connectionsOf(parseManifests([...files.map(named), ...estate]), flows.parties));
  };
  const standard = allowed('networkpolicy');
  return networkFlavours
    .filter((flavour) => flavour !== 'networkpolicy')
    .map((flavour) => {
      const own = allowed(flavour);
      return {
        flavour,
        more: [...own].filter((line) => !standard.has(line)),
        less: [...standard].filter((line) => !own.has(line)),
      };
    })
    .filter(({ more, less }) => more.length + less.length > 0);
}

const named = ({
  path,
  text,
}: GeneratedFile): { readonly name: string; readonly text: string } => ({
  name: path,
  text,
});

/** Every allowed connection. Ranges outside are cut the same for all flavours, so that lines can be compared. */
function* connectionsOf(manifests: Manifests, parties: readonly Party[]): Generator<string> {
  const blocks = parties.flatMap(({ place }) => {
    const peer = place === null ? null : peerOf(place);
    return peer?.kind === 'address' ? [peer.cidr] : [];
  });
  const sets = ['0.0.0.0/0', '::/0', '::1/128', ...blocks].flatMap((block) => {
    const range = parseCidr(block);
    return range === undefined ? [] : [AddressSet.of(range)];
  });
  const reachability = new Reachability(manifests, { cuts: { ingress: sets, egress: sets } });
  for (const { source, reached } of reachability.rows({ own: true }))
    for (const { destination, ports } of reached)
      yield `${source.label} => ${destination.label} : ${ports.toString()}`;
}

/** Manifests of pods for every party, with strangers and look-alikes. */
export function estateOf(
  parties: readonly Party[],
): readonly { readonly name: string; readonly text: string }[] {
  const places = parties.flatMap(({ id, place }) =>
    place?.kind === 'pods' ? [{ id, place }] : [],
  );
  const namespaces = [...new Set(places.map(({ place }) => place.namespace))].toSorted();
  const pods = [
    ...places.map(({ place }, at) => podOf(place.namespace, `party-${at}`, place.podSelector)),
    ...places.map(({ place }, at) => podOf('elsewhere', `alike-${at}`, place.podSelector)),
    ...namespaces.map((namespace) => podOf(namespace, 'stranger', { stranger: 'yes' })),
  ];
  return [{ name: 'estate.json', text: JSON.stringify(pods) }];
}

const podOf = (
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, labels },
  spec: { containers: [{ name: 'main', image: 'none' }] },
});
