import type { OutcomeCode } from '../outcomes.ts';

/** What became of the records of a file. */
export interface Summary {
  readonly records: number;
  readonly written: number;
  readonly dropped: number;
  /** Records by the reason for which they were left out. */
  readonly quarantined: Readonly<Partial<Record<OutcomeCode, number>>>;
}

/** A record that was not written: its place in the file (from 0), why, and the path of the leaf where that is known. */
export interface RecordReport {
  readonly record: number;
  readonly code: OutcomeCode;
  readonly path: string;
}

/** How far a run has come. */
export interface Progress {
  readonly records: number;
  /** Bytes of input taken. */
  readonly bytes: number;
}

/** Counts outcomes and tells about them. */
export class Tally {
  #records = 0;
  #written = 0;
  #dropped = 0;
  readonly #quarantined: Partial<Record<OutcomeCode, number>> = {};
  readonly #tell: ((report: RecordReport) => void) | undefined;

  constructor(tell?: (report: RecordReport) => void) {
    this.#tell = tell;
  }

  get records(): number {
    return this.#records;
  }

  add(code: OutcomeCode, path: string): void {
    const record = this.#records++;
    if (code === 'WRITTEN') {
      this.#written += 1;
      return;
    }
    if (code === 'DROPPED') this.#dropped += 1;
    else this.#quarantined[code] = (this.#quarantined[code] ?? 0) + 1;
    this.#tell?.({ record, code, path });
  }

  summary(): Summary {
    return {
      records: this.#records,
      written: this.#written,
      dropped: this.#dropped,
      quarantined: { ...this.#quarantined },
    };
  }
}
