import { serializeError } from '../../foundation/errors.ts';
import type { Problem } from '../../foundation/errors.ts';
import type { StreamingSettings } from '../settings.ts';
import type { StreamingEvent } from '../telemetry.ts';
import type { ResolvedTopics } from './messages.ts';
import type { TopicResolver } from './topics.ts';

export interface DiscoveryOptions {
  readonly settings: StreamingSettings;
  readonly resolver: TopicResolver;
  /** Milliseconds between two looks. */
  readonly every: number;
  readonly known: ResolvedTopics;
  readonly event: (event: StreamingEvent) => void;
  readonly changed: (resolved: ResolvedTopics) => void;
}

/** Looks for topics that the patterns of routes match by now. Without a pattern there is nothing to look for. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  #known: ResolvedTopics;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  /** What is wrong with topics now: they are left out. */
  problems: readonly Problem[] = [];

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#known = { topics: [], quarantinePartitions: options.known.quarantinePartitions };
    this.#tell(options.known);
    this.#known = options.known;
  }

  start(): void {
    const patterns = this.#options.settings.routes.some(({ from }) => from.pattern !== null);
    if (patterns && !this.#stopped) this.#again();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        if (!this.#stopped) this.#again();
      });
    }, this.#options.every);
  }

  async #look(): Promise<void> {
    try {
      const { resolved, problems } = await this.#options.resolver.look();
      this.problems = problems;
      if (this.#stopped || JSON.stringify(resolved) === JSON.stringify(this.#known)) return;
      this.#tell(resolved);
      this.#known = resolved;
      this.#options.changed(resolved);
    } catch (error) {
      // A cluster that does not answer now changes nothing: topics known so far go on.
      this.problems = [{ ...serializeError(error), path: '' }];
    }
  }

  #tell({ topics }: ResolvedTopics): void {
    const known = new Set(this.#known.topics.map(({ route, from }) => `${route}\0${from}`));
    const found = Map.groupBy(
      topics.filter(({ route, from }) => !known.has(`${route}\0${from}`)),
      ({ route }) => route,
    );
    for (const [route, fresh] of found)
      this.#options.event({
        event: 'topics.discovered',
        route,
        topics: fresh.map(({ from }) => from),
      });
  }
}
