/**
 * Who of several wardens acts: the holder of a Lease, by the rules of client-go's leader election. Clocks of machines are not compared: a Lease
 * counts as abandoned when this process has seen no change of it for the whole duration.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LeaseRecord, StoredLease, WardenApi } from './warden-api.ts';

export interface ElectionTiming {
  /** Milliseconds that a holder may be silent. */
  readonly duration: number;
  /** Milliseconds after its last renewal in which a holder may act; less than `duration`. */
  readonly renewDeadline: number;
  /** Milliseconds between two attempts. */
  readonly retry: number;
}

export const electionTiming: ElectionTiming = {
  duration: 15_000,
  renewDeadline: 10_000,
  retry: 2000,
};

export interface ElectionOptions {
  readonly api: Pick<WardenApi, 'readLease' | 'createLease' | 'updateLease'>;
  /** Name of this process, different from that of all others. */
  readonly holder: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** For people who read the Lease. */
  readonly date: () => Date;
  readonly timing?: ElectionTiming;
}

export class Election {
  readonly #api: ElectionOptions['api'];
  readonly #holder: string;
  readonly #now: () => number;
  readonly #date: () => Date;
  readonly #timing: ElectionTiming;
  #seen: { readonly lease: StoredLease; readonly at: number } | null = null;
  /** Until when this process may act; it began to ask for it `renewDeadline` before. */
  #until = -Infinity;

  constructor({ api, holder, now, date, timing = electionTiming }: ElectionOptions) {
    this.#api = api;
    this.#holder = holder;
    this.#now = now;
    this.#date = date;
    this.#timing = timing;
  }

  /** Whether this process may act at this moment. */
  leads(): boolean {
    return this.#now() < this.#until;
  }

  /** Who holds the Lease, as far as it was seen; empty for nobody. */
  holder(): string {
    return this.#seen?.lease.record.holder ?? '';
  }

  /**
   * Renews the Lease, or takes it where nobody holds it any more.
   *
   * @throws KubernetesError, after which nothing is known: the right to act runs out by itself
   */
  async attempt(): Promise<void> {
    // What was asked for counts from when it was asked: the answer may be late.
    const began = this.#now();
    const found = await this.#api.readLease();
    if (found === null) {
      this.#took(await this.#api.createLease(this.#record(null)), began);
      return;
    }
    this.#observe(found);
    const { record } = found;
    const own = record.holder === this.#holder;
    if (!own && record.holder !== '' && !this.#abandoned()) {
      this.#until = -Infinity;
      return;
    }
    this.#took(await this.#api.updateLease(this.#record(record), found), began);
  }

  /** Gives the Lease back, so that another need not wait. Acts no more before it asks. */
  async release(): Promise<boolean> {
    const held = this.leads();
    this.#until = -Infinity;
    if (!held) return false;
    const found = await this.#api.readLease();
    if (found?.record.holder !== this.#holder) return false;
    const now = this.#date().toISOString();
    const record = { ...found.record, holder: '', durationSeconds: 1, renewed: now, acquired: now };
    return (await this.#api.updateLease(record, found)) !== null;
  }

  #record(before: LeaseRecord | null): LeaseRecord {
    const now = this.#date().toISOString();
    const own = before?.holder === this.#holder;
    return {
      holder: this.#holder,
      durationSeconds: Math.ceil(this.#timing.duration / 1000),
      acquired: own ? before.acquired : now,
      renewed: now,
      transitions: before === null ? 0 : before.transitions + (own ? 0 : 1),
    };
  }

  #took(lease: StoredLease | null, began: number): void {
    // Somebody wrote in between. Nobody takes the Lease from one who may still act, so that right runs out by itself.
    if (lease === null) return;
    this.#observe(lease);
    this.#until = began + this.#timing.renewDeadline;
  }

  #observe(lease: StoredLease): void {
    if (this.#seen !== null && isDeepStrictEqual(this.#seen.lease.record, lease.record)) return;
    this.#seen = { lease, at: this.#now() };
  }

  /** The holder's own duration counts, since it goes by it. */
  #abandoned(): boolean {
    if (this.#seen === null) return false;
    const { lease, at } = this.#seen;
    return this.#now() - at >= lease.record.durationSeconds * 1000;
  }
}
