/** Asks again and again what a broker or the registry did not answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isLetheError } from '../../foundation/errors.ts';
import type { AuditTelemetry } from './telemetry.ts';

/** Milliseconds between two attempts: the first pause, which doubles, and the longest. */
const firstPause = 1000;
const longestPause = 30_000;

export class Patience {
  readonly #telemetry: Pick<AuditTelemetry, 'event'>;
  readonly #tried: () => void;
  #waiting: string | null = null;

  /** @param tried called after every attempt: whoever waits is alive */
  constructor(telemetry: Pick<AuditTelemetry, 'event'>, tried: () => void) {
    this.#telemetry = telemetry;
    this.#tried = tried;
  }

  /** The code of what is waited for now. */
  get waiting(): string | null {
    return this.#waiting;
  }

  /**
   * What `ask` answers at last; `null` where the signal came first.
   *
   * @throws whatever can't be mended by waiting
   */
  async ask<Result>(signal: AbortSignal, ask: () => Promise<Result>): Promise<Result | null> {
    for (let pause = firstPause; !signal.aborted; pause = Math.min(pause * 2, longestPause)) {
      try {
        const result = await ask();
        this.#waiting = null;
        return result;
      } catch (error) {
        if (!isLetheError(error) || !error.retriable) throw error;
        const { code, message } = error;
        if (this.#waiting !== code)
          this.#telemetry.event({ event: 'audit.waiting', code, message });
        this.#waiting = code;
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      } finally {
        this.#tried();
      }
    }
    return null;
  }
}
