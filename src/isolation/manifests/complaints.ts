import type { Problem } from '../../foundation/errors.ts';

/** Everything that can be wrong with a manifest. */
export type ComplaintCode =
  | 'UNREADABLE'
  | 'TOO_LARGE'
  | 'INVALID_SYNTAX'
  | 'DUPLICATE_KEY'
  | 'NOT_AN_OBJECT'
  | 'INVALID_FIELD'
  | 'UNKNOWN_FIELD'
  | 'DUPLICATE_OBJECT'
  | 'UNKNOWN_KIND'
  | 'UNKNOWN_POLICY'
  | 'UNSUPPORTED_FIELD'
  | 'MISSING_OBJECT'
  | 'AMBIGUOUS_ORDER';

/**
 * `error`: what was read may differ from what a cluster enforces, so nothing may be called verified.
 * `warning`: the reader made a choice that its author should know. `info`: left out, and can't affect policy.
 */
export type Severity = 'error' | 'warning' | 'info';

/** One complaint; `path` is `file:line field`. */
export interface Complaint extends Problem<ComplaintCode> {
  readonly severity: Severity;
}

/** Collects complaints in the order in which they are found, up to a bound, so that a hostile file can't fill memory. */
export class Complaints {
  readonly #found: Complaint[] = [];
  readonly #limit: number;
  #dropped = 0;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  add(severity: Severity, code: ComplaintCode, path: string, message: string): void {
    if (this.#found.length < this.#limit) this.#found.push({ severity, code, path, message });
    else this.#dropped += 1;
  }

  /** All complaints; the last one says how many were left out, where there were more than the bound. */
  all(): readonly Complaint[] {
    if (this.#dropped === 0) return this.#found;
    const message = `fix the complaints above first: ${this.#dropped} more were left out`;
    return [...this.#found, { severity: 'error', code: 'TOO_LARGE', path: '', message }];
  }
}
