/**
 * Keeps the shards alive, on the main thread: starts one worker each, listens for their heartbeats, replaces those that crash or hang, and
 * drains them all in the end.
 */
import { Worker } from 'node:worker_threads';
import { serializeError } from '../../foundation/errors.ts';
import type { StreamingSettings } from '../settings.ts';
import type { Telemetry } from '../telemetry.ts';
import type { ShardError } from './errors.ts';
import type {
  FromShard,
  PlanAnswer,
  PlanWanted,
  ResolvedTopics,
  ShardStart,
  ToShard,
} from './messages.ts';
import { ShardThread } from './shard-thread.ts';
import type { ShardState } from './shard-thread.ts';

/** How a worker thread is made; tests and load tests put their own entry in. */
export type SpawnWorker = (start: ShardStart) => Worker;

/**
 * Megabytes for young objects of one shard. The loop makes few objects, but some of them stand for memory outside the heap that only a
 * collection frees: a small nursery is collected often, which bounds it.
 */
const youngGeneration = 24;

/** The entry beside this file: `.ts` in the source tree, `.js` in what is shipped. */
export function spawnWorker(start: ShardStart): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./worker.${extension}`, import.meta.url), {
    workerData: start,
    name: `shard-${start.shard}`,
    resourceLimits: { maxYoungGenerationSizeMb: youngGeneration },
  });
}

export interface SupervisorOptions {
  readonly settings: StreamingSettings;
  readonly resolved: ResolvedTopics;
  /** Makes transactional ids and group instance ids of this process unique: the instance id, or something random. */
  readonly instance: string;
  readonly telemetry: Telemetry;
  readonly answer: (wanted: PlanWanted) => Promise<PlanAnswer>;
  /** Called once, when shards can't be kept alive. */
  readonly failed: (error: ShardError) => void;
  readonly spawn?: SpawnWorker;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #threads: readonly ShardThread[];
  readonly #telemetry: Telemetry;
  #settings: StreamingSettings;
  #resolved: ResolvedTopics;
  #failed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#resolved = options.resolved;
    this.#telemetry = options.telemetry;
    this.#threads = Array.from(
      { length: options.settings.service.shards },
      (_, shard) =>
        new ShardThread({
          shard,
          heartbeatDeadline: options.settings.service.heartbeatDeadline,
          spawn: () => (options.spawn ?? spawnWorker)(this.#startOf(shard)),
          telemetry: options.telemetry,
          receive: (message, reply) => this.#receive(message, reply),
          crashLoop: (error) => this.#crashLoop(error),
        }),
    );
  }

  /** Loads the code of every shard, so that {@link start} has only to connect and join. */
  async warm(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.warm()));
  }

  /** Resolves when every shard has joined its group. */
  async start(): Promise<void> {
    for (const thread of this.#threads) thread.start();
    await Promise.all(this.#threads.map((thread) => thread.started()));
  }

  /** Tells the shards about topics; those that start later know them from the beginning. */
  route(resolved: ResolvedTopics): void {
    this.#resolved = resolved;
    for (const thread of this.#threads) thread.send({ type: 'topics', resolved });
  }

  /**
   * New settings for all shards, between transactions. A shard that can't take them is replaced: it starts with the new ones.
   */
  async reload(settings: StreamingSettings, resolved: ResolvedTopics): Promise<void> {
    this.#settings = settings;
    this.#resolved = resolved;
    await Promise.all(this.#threads.map((thread) => thread.reload(settings, resolved)));
  }

  /** Drains all shards; true when all of them ended by themselves within `deadline` ms. `leave`: they do not come back soon. */
  async drain(deadline: number, leave: boolean): Promise<boolean> {
    const ended = await Promise.all(this.#threads.map((thread) => thread.drain(deadline, leave)));
    return ended.every(Boolean);
  }

  states(): readonly ShardState[] {
    return this.#threads.map((thread) => thread.state());
  }

  #startOf(shard: number): ShardStart {
    const { groupId, instanceId, dryRun } = this.#settings.service;
    return {
      shard,
      settings: this.#settings,
      resolved: this.#resolved,
      transactionalId: `${groupId}-${this.#options.instance}-${shard}`,
      groupInstanceId: instanceId === null || dryRun ? null : `${instanceId}-${shard}`,
    };
  }

  #receive(message: FromShard, reply: (answer: ToShard) => void): void {
    switch (message.type) {
      case 'plan-wanted':
        void this.#options
          .answer(message.wanted)
          .catch((error: unknown): PlanAnswer => {
            return { kind: 'unavailable', code: serializeError(error).code };
          })
          .then((answer) => reply({ type: 'plan-answer', request: message.request, answer }));
        break;
      case 'event':
        this.#telemetry.event(message.event);
        break;
      case 'report':
        this.#telemetry.report(message.report);
        break;
      case 'started':
      case 'alive':
      case 'reloaded':
      case 'failed':
      case 'drained':
        break;
    }
  }

  #crashLoop(error: ShardError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.failed(error);
  }
}
