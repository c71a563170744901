/** Collects flows and findings; the same connection for several reasons is one flow. */
import type { FlowFinding } from './flow-finding.ts';
import type { Place } from './broker-pods.ts';

export type PartyKind =
  | 'anonymizer'
  | 'broker'
  | 'controller'
  | 'client'
  | 'operator'
  | 'registry'
  | 'dns'
  | 'server'
  | 'other';

/** One end of a flow. */
export interface Party {
  /** Unique: `anonymizer`, `broker main/11`, `client analytics`. */
  readonly id: string;
  readonly kind: PartyKind;
  /** `null` where it isn't declared. */
  readonly place: Place | null;
}

/** A connection that must be possible. */
export interface Flow {
  /** Ids of parties. */
  readonly from: string;
  readonly to: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  /** Every reason, sorted. */
  readonly why: readonly string[];
}

/** What is being collected. Sorted when it is taken out, so that the same input gives the same bytes. */
export class FlowDraft {
  readonly #parties = new Map<string, Party>();
  readonly #flows = new Map<string, { readonly flow: Flow; readonly why: Set<string> }>();
  readonly #findings: FlowFinding[] = [];

  /** Adds a party, or finds it again by its id. */
  party(kind: PartyKind, name: string, place: Place | null): Party {
    const id = name === '' ? kind : `${kind} ${name}`;
    const found = this.#parties.get(id) ?? { id, kind, place };
    this.#parties.set(id, found);
    return found;
  }

  flow(
    from: Party,
    to: Party,
    port: number,
    why: string,
    protocol: Flow['protocol'] = 'TCP',
  ): void {
    const key = [from.id, to.id, protocol, String(port).padStart(5, '0')].join('\0');
    const found = this.#flows.get(key) ?? {
      flow: { from: from.id, to: to.id, protocol, port, why: [] },
      why: new Set(),
    };
    found.why.add(why);
    this.#flows.set(key, found);
  }

  find(finding: FlowFinding): void {
    this.#findings.push(finding);
  }

  taken(): {
    readonly parties: readonly Party[];
    readonly flows: readonly Flow[];
    readonly findings: readonly FlowFinding[];
  } {
    return {
      parties: [...this.#parties.values()].toSorted((a, b) => order(a.id, b.id)),
      flows: [...this.#flows]
        .toSorted(([a], [b]) => order(a, b))
        .map(([, { flow, why }]) => ({ ...flow, why: [...why].toSorted() })),
      findings: this.#findings.toSorted(
        (a, b) =>
          order(a.severity, b.severity) ||
          order(a.code, b.code) ||
          order(a.subject, b.subject) ||
          order(a.message, b.message),
      ),
    };
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
