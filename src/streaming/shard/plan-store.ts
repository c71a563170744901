import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../anonymization/plan/plan.ts';
import type { Rewriter } from '../../anonymization/formats/rewriter.ts';
import { writeFrame } from '../registry/framing.ts';
import type { PlanAnswer, PlanWanted, SchemaName } from './messages.ts';

/** A plan bound to this thread's keys, with the frame that its output values carry. */
export interface LinkedPlan {
  readonly kind: 'ready';
  readonly rewriter: Rewriter;
  readonly schemaId: number;
  readonly frame: Buffer;
}

/** A schema whose records can't be written, for the reason that `outcome` names. */
export interface RefusedPlan {
  readonly kind: 'refused';
  readonly outcome: 'SCHEMA_UNKNOWN' | 'SCHEMA_REFUSED';
  readonly schemaId: number;
  /** On the clock of the store; asked anew afterwards. */
  readonly until: number;
}

export type StoredPlan = LinkedPlan | RefusedPlan;

/** Which plan: of which route and topic, for which half of a record. */
export type PlanPlace = Omit<PlanWanted, 'schema'>;

const firstBackoff = 250;
const longestBackoff = 5000;
/** Milliseconds until a plan that could not be linked is asked for again. */
const unlinkedTtl = 30_000;

interface Entry {
  readonly plan: StoredPlan;
  /** The round in which the entry was used last. */
  round: number;
}

/**
 * The plans that one shard holds, linked. What is missing is asked of the main thread, once at a time, again and again with back-off while
 * the registry gives no answer. What was not used for longest goes once the bound is reached, but never what the current round uses:
 * a slice with more schemas than the bound would otherwise wait for ever.
 */
export class PlanStore {
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Promise<void>>();
  readonly #ask: (wanted: PlanWanted) => Promise<PlanAnswer>;
  readonly #link: (plan: Plan) => Rewriter;
  readonly #bound: number;
  readonly #now: () => number;
  readonly #closed = new AbortController();
  #round = 0;

  constructor(options: {
    readonly ask: (wanted: PlanWanted) => Promise<PlanAnswer>;
    readonly link: (plan: Plan) => Rewriter;
    readonly bound: number;
    /** Monotonic milliseconds. */
    readonly now: () => number;
  }) {
    this.#ask = options.ask;
    this.#link = options.link;
    this.#bound = options.bound;
    this.#now = options.now;
  }

  /** Starts a round: plans found from here on stay until the next one. */
  startRound(): void {
    this.#round++;
  }

  /** The plan, or `null` when it has to be asked for. */
  find(place: PlanPlace, schema: SchemaName): StoredPlan | null {
    const entry = this.#entries.get(keyOf(place, schema));
    if (entry === undefined) return null;
    if (entry.plan.kind === 'refused' && entry.plan.until <= this.#now()) return null;
    entry.round = this.#round;
    return entry.plan;
  }

  /** Asks for a plan; resolves once {@link find} knows it, or the store was closed. Never rejects. */
  want(place: PlanPlace, schema: SchemaName): Promise<void> {
    const key = keyOf(place, schema);
    const flying = this.#flights.get(key);
    if (flying !== undefined) return flying;
    const flight = this.#fetch(key, { ...place, schema }).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  close(): void {
    this.#closed.abort();
    this.#entries.clear();
  }

  async #fetch(key: string, wanted: PlanWanted): Promise<void> {
    const { signal } = this.#closed;
    let backoff = firstBackoff;
    for (;;) {
      const answer = await this.#ask(wanted);
      if (signal.aborted) return;
      if (answer.kind !== 'unavailable') {
        this.#keep(key, this.#stored(answer));
        return;
      }
      await sleep(backoff, undefined, { signal }).catch(() => undefined);
      backoff = Math.min(longestBackoff, backoff * 2);
    }
  }

  #stored(answer: Exclude<PlanAnswer, { kind: 'unavailable' }>): StoredPlan {
    const { schemaId } = answer;
    if (answer.kind === 'refused') return { ...answer, until: this.#now() + answer.ttl };
    try {
      const rewriter = this.#link(answer.plan);
      return { kind: 'ready', rewriter, schemaId, frame: writeFrame(answer.outputSchemaId) };
    } catch {
      // A plan that can't be linked writes nothing: its records go where those of a refused schema go.
      const until = this.#now() + unlinkedTtl;
      return { kind: 'refused', outcome: 'SCHEMA_REFUSED', schemaId, until };
    }
  }

  #keep(key: string, plan: StoredPlan): void {
    this.#entries.delete(key);
    this.#entries.set(key, { plan, round: this.#round });
    if (this.#entries.size <= this.#bound) return;
    let oldest: string | null = null;
    let round = this.#round;
    for (const [name, entry] of this.#entries)
      if (entry.round < round) {
        oldest = name;
        round = entry.round;
      }
    if (oldest !== null) this.#entries.delete(oldest);
  }
}

function keyOf({ route, topic, part }: PlanPlace, schema: SchemaName): string {
  return `${route}\0${topic}\0${part}\0${schema.kind === 'id' ? schema.id : schema.guid}`;
}
