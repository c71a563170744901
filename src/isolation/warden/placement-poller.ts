/** Asks Kafka again and again where it keeps what. */
import { setTimeout as sleep } from 'node:timers/promises';
import { serializeError } from '../../foundation/errors.ts';
import { Backoff } from './backoff.ts';
import { isOver, pause } from './pause.ts';
import { placementOf } from './placement-memory.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';
import type { PlacementReading } from './decision.ts';

export interface PlacementPollerOptions {
  /** Asks all clusters of the configuration that is at work. */
  readonly read: () => Promise<KafkaSnapshot>;
  readonly now: () => number;
  /** Milliseconds between two questions; asked anew each time. */
  readonly every: () => number;
  /** Called after each question. */
  readonly answered: (outcome: 'answered' | 'failed') => void;
  /** Milliseconds until a question that isn't answered counts as failed. */
  readonly patience?: number;
}

/** Milliseconds between questions to a Kafka that doesn't answer. */
const longestWait = 15_000;

export class PlacementPoller {
  readonly #options: PlacementPollerOptions;
  #reading: PlacementReading | null = null;
  #content: string | null = null;
  #problem: string | null = null;

  constructor(options: PlacementPollerOptions) {
    this.#options = options;
  }

  /** The last answer; the same object for as long as the placement is the same. */
  get reading(): PlacementReading | null {
    return this.#reading;
  }

  /** Code of why the last question failed; `null` where it was answered. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Asks until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { every, patience = 10_000, answered } = this.#options;
    const backoff = new Backoff({ first: every(), longest: longestWait });
    while (!signal.aborted) {
      const asked = this.#ask();
      const late = sleep(patience, 'late' as const, { signal }).catch(() => 'ended' as const);
      if ((await Promise.race([asked, late])) === 'late') {
        this.#problem = 'KAFKA_SILENT';
        answered('failed');
        // One question at a time: its answer still counts, as of when it was asked.
        await Promise.race([asked, aborted(signal)]);
      }
      if (isOver(signal)) return;
      answered(this.#problem === null ? 'answered' : 'failed');
      const wait = this.#problem === null ? every() : backoff.next();
      if (this.#problem === null) backoff.reset();
      await pause(wait, signal);
    }
  }

  async #ask(): Promise<void> {
    const at = this.#options.now();
    try {
      const found = await this.#options.read();
      const content = placementOf(found);
      const snapshot =
        this.#reading !== null && content === this.#content ? this.#reading.snapshot : found;
      this.#content = content;
      this.#reading = { snapshot, at };
      this.#problem = null;
    } catch (error) {
      this.#problem = serializeError(error).code;
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
