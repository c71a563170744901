import type { ServiceStatus } from '../streaming/service.ts';

/** What `/readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, or what is wrong though it is ready; texts hold no value of a record. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

/**
 * Ready is what the service says of itself, unless the process is ending. A refused reload changes nothing here: the old
 * configuration works on.
 */
export class Health {
  readonly #status: () => ServiceStatus;
  #ending = false;

  constructor(status: () => ServiceStatus) {
    this.#status = status;
  }

  /** From now on never ready again, so that no one relies on a process that drains. */
  end(): void {
    this.#ending = true;
  }

  readiness(): Readiness {
    const { ready, phase, halted, problems } = this.#status();
    const reasons = [
      ...(this.#ending ? [{ code: 'ENDING', message: 'The process drains and ends' }] : []),
      ...(phase === 'running'
        ? []
        : [{ code: `PHASE_${phase.toUpperCase()}`, message: `The service is ${phase}` }]),
      ...halted.map(({ topic, partition, code }) => ({
        code,
        message: `Partition ${partition} of "${topic}" is halted`,
      })),
      ...problems,
    ];
    return { ready: ready && !this.#ending, reasons };
  }

  /** False once the service has given up: the container should be restarted. */
  live(): boolean {
    return this.#status().phase !== 'failed';
  }
}
