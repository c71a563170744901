/** What was found, each thing once with how often: memory is bound by what schemas can say and not by records. */
import { compareFindings, type Finding } from '../../isolation/findings/finding.ts';
import { auditRules, type AuditCode } from './codes.ts';

/** One find. Holds no value, and no name that comes from a record. */
export interface Observation {
  readonly route: string;
  readonly code: AuditCode;
  readonly cluster: string;
  readonly topic: string;
  /** `null` where it is about the route as a whole. */
  readonly partition: number | null;
  readonly offset: bigint | null;
  /** Path of the leaf, `$key`, `$header.…`, `$value`; empty where there is none. */
  readonly path: string;
}

interface Entry {
  readonly first: Observation;
  count: number;
}

/** Different finds that are told apart; a hostile registry could make more. */
const mostEntries = 5000;

export class Ledger {
  readonly #entries = new Map<string, Entry>();
  #beyond = 0;

  /** True where nothing like it was found before. */
  add(observation: Observation): boolean {
    const { route, code, cluster, topic, path } = observation;
    const key = JSON.stringify([route, code, cluster, topic, path]);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.count++;
      return false;
    }
    if (this.#entries.size >= mostEntries) {
      this.#beyond++;
      return false;
    }
    this.#entries.set(key, { first: observation, count: 1 });
    return true;
  }

  /** Finds that were too many to tell apart. */
  get beyond(): number {
    return this.#beyond;
  }

  findings(): readonly Finding[] {
    return [...this.#entries.values()].map(findingOf).toSorted(compareFindings);
  }
}

function findingOf({ first, count }: Entry): Finding {
  const { route, code, cluster, topic, partition, offset, path } = first;
  const { severity, title, remedy } = auditRules[code];
  const place =
    partition === null || offset === null
      ? `route "${route}"`
      : `route "${route}", topic "${topic}" of cluster "${cluster}", partition ${partition}, offset ${offset}${path === '' ? '' : `, path "${path}"`}`;
  const often = count === 1 ? '' : `; ${count} times, first there`;
  return {
    code,
    severity,
    subject:
      partition === null || offset === null
        ? `route ${route}`
        : `${cluster}/${topic}/${partition}@${offset}${path === '' ? '' : ` ${path}`}`,
    message: `${title}: ${place}${often}`,
    deciders: [],
    path: [],
    remedy,
  };
}
