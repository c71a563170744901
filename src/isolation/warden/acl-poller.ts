/** Asks Kafka again and again who may do what, for verification alone: no policy depends on it. */
import { serializeError } from '../../foundation/errors.ts';
import { isOver, pause } from './pause.ts';
import type { AclReplies } from '../read-acls.ts';
import type { AclSnapshot, ClusterAcls } from '../verification/acl.ts';

/** What is known of the authorizers. */
export interface AclView {
  /** What verification goes by, the same object for as long as it says the same; `null` where none are asked for. */
  readonly acls: AclSnapshot | null;
  /** Why lists are missing or not those of now, as `CODE cluster`, sorted. */
  readonly problems: readonly string[];
}

export interface AclPollerOptions {
  /** Asks all clusters of the configuration that is at work. */
  readonly read: () => Promise<AclReplies>;
  /** Milliseconds between two questions, 0 for none at all; asked anew each time. */
  readonly every: () => number;
  /** Called after each question. */
  readonly answered: () => void;
  /** Milliseconds until a question that isn't answered counts as failed. */
  readonly patience?: number;
}

/** Milliseconds between looks at what may have changed. */
const idle = 1000;

export class AclPoller {
  readonly #options: AclPollerOptions;
  #view: AclView | null = null;

  constructor(options: AclPollerOptions) {
    this.#options = options;
  }

  /** `null` before the first question was answered or failed. */
  get view(): AclView | null {
    return this.#view;
  }

  /** Asks until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { every, answered, patience = 10_000 } = this.#options;
    while (!signal.aborted) {
      if (every() === 0) {
        this.#show({ acls: null, problems: [] });
        await pause(idle, signal);
        continue;
      }
      const over = new AbortController();
      const ended = AbortSignal.any([signal, over.signal]);
      void this.#ask().finally(() => over.abort());
      await pause(patience, ended);
      if (!isOver(ended)) {
        this.#show({ acls: this.#view?.acls ?? null, problems: ['KAFKA_SILENT'] });
        answered();
      }
      // One question at a time: a late answer still counts.
      while (!isOver(ended)) await pause(idle, ended);
      answered();
      await pause(every(), signal);
    }
  }

  async #ask(): Promise<void> {
    const before = this.#view?.acls ?? null;
    try {
      this.#show(taken(await this.#options.read(), before));
    } catch (error) {
      this.#show({ acls: before, problems: [serializeError(error).code] });
    }
  }

  #show(next: AclView): void {
    const before = this.#view?.acls ?? null;
    this.#view = sameLists(before, next.acls) ? { ...next, acls: before } : next;
  }
}

/** A cluster that can't be asked keeps its last lists: what they opened must not count as closed. */
function taken(replies: AclReplies, before: AclSnapshot | null): AclView {
  const acls = new Map<string, ClusterAcls | null>();
  const problems: string[] = [];
  for (const [cluster, reply] of replies) {
    if (!('code' in reply)) {
      acls.set(cluster, reply);
      continue;
    }
    problems.push(`${reply.code} ${cluster}`);
    acls.set(cluster, reply.code === 'NO_AUTHORIZER' ? null : (before?.get(cluster) ?? null));
  }
  return { acls, problems: problems.toSorted() };
}

const sameLists = (one: AclSnapshot | null, other: AclSnapshot | null): boolean =>
  one !== null && other !== null && JSON.stringify([...one]) === JSON.stringify([...other]);
