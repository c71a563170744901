/** Takes part in the election for as long as the process runs, and tells how it goes. */
import { serializeError } from '../../foundation/errors.ts';
import { pause } from './pause.ts';
import type { Election } from './election.ts';
import type { WardenTelemetry } from './warden-event.ts';

export interface CandidacyOptions {
  readonly election: Election;
  readonly telemetry: Pick<WardenTelemetry, 'event' | 'leads'>;
  /** Milliseconds between two attempts. */
  readonly retry: number;
  /** Called when this process begins or ceases to lead. */
  readonly changed: () => void;
}

export class Candidacy {
  readonly #options: CandidacyOptions;
  #problem: string | null = null;

  constructor(options: CandidacyOptions) {
    this.#options = options;
  }

  /** Code of why the last attempt failed; `null` where it did not. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Runs until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { election, telemetry, retry, changed } = this.#options;
    let led = false;
    let followed = '';
    while (!signal.aborted) {
      await this.#attempt();
      const leads = election.leads();
      const holder = election.holder();
      telemetry.leads(leads);
      if (leads && !led) telemetry.event({ event: 'warden.leading' });
      if (!leads && (led || holder !== followed))
        telemetry.event({ event: 'warden.following', holder });
      if (leads !== led) changed();
      led = leads;
      followed = leads ? followed : holder;
      await pause(retry * (0.9 + Math.random() * 0.2), signal);
    }
  }

  async #attempt(): Promise<void> {
    try {
      await this.#options.election.attempt();
      this.#problem = null;
    } catch (error) {
      const { code } = serializeError(error);
      if (this.#problem !== code)
        this.#options.telemetry.event({ event: 'warden.lease-failed', code });
      this.#problem = code;
    }
  }
}
