import { serializeError } from '../../foundation/errors.ts';
import type { SerializedError } from '../../foundation/errors.ts';
import type { LoadedConfig } from './loaded-config.ts';

/** What became of one attempt. */
export type ReloadOutcome =
  | { readonly outcome: 'applied'; readonly config: LoadedConfig }
  | { readonly outcome: 'rejected'; readonly error: SerializedError };

export interface ReloadOptions {
  readonly load: () => LoadedConfig;
  /** Puts a good configuration to work; when it rejects, the old one is still at work. */
  readonly apply: (config: LoadedConfig) => Promise<void>;
  readonly report: (outcome: ReloadOutcome) => void;
}

/**
 * Reloads one at a time: a configuration is taken whole or not at all. Requests that come during a reload are answered by one more
 * reload after it, since the files may have changed since they were read.
 */
export class Reloader {
  readonly #options: ReloadOptions;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(options: ReloadOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is left to reload; never rejects. */
  request(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      this.#options.report(await this.#once());
    }
  }

  async #once(): Promise<ReloadOutcome> {
    try {
      const config = this.#options.load();
      await this.#options.apply(config);
      return { outcome: 'applied', config };
    } catch (error) {
      return { outcome: 'rejected', error: serializeError(error) };
    }
  }
}
