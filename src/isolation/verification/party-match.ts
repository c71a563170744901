/** Which parties of the flow map a pod is. */
import type { Party } from '../topology/flow-draft.ts';
import type { Labels } from '../manifests/labels.ts';

type PodParty = Party & { readonly place: { readonly kind: 'pods' } & NonNullable<Party['place']> };

/** Parties that are pods, looked up by namespace. */
export class PartyMatch {
  readonly #byNamespace = new Map<string, PodParty[]>();

  constructor(parties: readonly Party[]) {
    for (const party of parties) {
      if (!isPods(party)) continue;
      const found = this.#byNamespace.get(party.place.namespace);
      if (found === undefined) this.#byNamespace.set(party.place.namespace, [party]);
      else found.push(party);
    }
  }

  /** Ids of the parties whose selection a pod with these labels meets, in the order of the map. */
  partiesOf(namespace: string, labels: Labels): readonly string[] {
    return (this.#byNamespace.get(namespace) ?? [])
      .filter(({ place }) =>
        Object.entries(place.podSelector).every(([key, value]) => labels.get(key) === value),
      )
      .map(({ id }) => id);
  }

  /** Namespaces that hold any of the parties. */
  get namespaces(): ReadonlySet<string> {
    return new Set(this.#byNamespace.keys());
  }
}

/** Whether the party is pods of the cluster that can be selected. */
export const isPods = (party: Party): party is PodParty => party.place?.kind === 'pods';
