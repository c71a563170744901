/**
 * Raw topics in, sanitized topics out: the whole of streaming behind four methods.
 */
import { randomBytes } from 'node:crypto';
import { digestOf } from '../foundation/digest.ts';
import type { LetheError } from '../foundation/errors.ts';
import { Awaiting } from './awaiting.ts';
import { closePrepared, prepare } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import { Discovery } from './shard/discovery.ts';
import { ShardError } from './shard/errors.ts';
import type { PlanAnswer, PlanWanted } from './shard/messages.ts';
import type { ShardState } from './shard/shard-thread.ts';
import { Supervisor } from './shard/supervisor.ts';
import type { SpawnWorker } from './shard/supervisor.ts';
import { TopicResolver } from './shard/topics.ts';
import type { StreamingSettings } from './settings.ts';
import type { Telemetry } from './telemetry.ts';

/** What one shard is doing, for readiness and for `status`. */
export interface ShardStatus {
  readonly shard: number;
  readonly state: ShardState['state'];
  readonly restarts: number;
}

/** A snapshot of the service: `ready` is what `/readyz` answers, `problems` is why not. */
export interface ServiceStatus {
  readonly ready: boolean;
  readonly phase: 'new' | 'starting' | 'running' | 'draining' | 'stopped' | 'failed';
  readonly shards: readonly ShardStatus[];
  /** Partitions stopped by `onRefusal: halt`, or because their bytes can't be read. */
  readonly halted: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly code: string;
  }[];
  /** Whatever keeps the service from being ready or whole now; texts hold no value of a record. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

export interface ServiceOptions {
  /** Milliseconds between two looks at the topics, for routes by pattern. */
  readonly discoverEvery?: number;
  /** Another entry for worker threads: load tests measure the same shard with another transformer. */
  readonly spawn?: SpawnWorker;
}

const defaultDiscoverEvery = 10_000;

/**
 * Moves every route's records from raw to sanitized topics.
 *
 * `start` → (`reload`)* → `stop`. One instance is used once.
 */
export class Service {
  readonly #telemetry: Telemetry;
  readonly #options: ServiceOptions;
  readonly #instance: string;
  readonly #failed = Promise.withResolvers<LetheError>();
  /** What the start works towards: settings of a reload replace it while the start still waits. */
  #wanted: StreamingSettings;
  #awaiting: Awaiting | null = null;
  #starting: Promise<void> | null = null;
  #phase: ServiceStatus['phase'] = 'new';
  #running: Prepared | null = null;
  #supervisor: Supervisor | null = null;
  #discovery: Discovery | null = null;
  #failure: LetheError | null = null;

  constructor(settings: StreamingSettings, telemetry: Telemetry, options: ServiceOptions = {}) {
    this.#wanted = settings;
    this.#telemetry = telemetry;
    this.#options = options;
    // Without a name of its own the process takes one that no other has: nobody may fence it, and it fences nobody.
    this.#instance = settings.service.instanceId ?? randomBytes(6).toString('hex');
  }

  /**
   * Keys → registry and clusters → topics → plans of known subjects → shards. Resolves when every shard has joined its group. A registry
   * or cluster that does not answer is waited for ({@link Awaiting}); a dry run refuses at once.
   *
   * @throws KeyError, PlanRefused, RegistryError, KafkaError, ShardError: nothing was consumed then
   */
  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new ShardError('SERVICE_STATE', 'start a service only once');
    this.#phase = 'starting';
    this.#starting = this.#start();
    await this.#starting;
  }

  /**
   * Takes new settings between transactions: rules, routes, keys. Where clusters, registry or the service's own settings changed, shards are
   * drained and started anew. On an error nothing changed and the old settings keep running. A start that still waits for a dependency begins
   * anew with the new settings, which may name another one.
   */
  async reload(settings: StreamingSettings): Promise<void> {
    if (this.#awaiting !== null && this.#phase === 'starting') {
      this.#wanted = settings;
      this.#awaiting.interrupt();
      return;
    }
    await this.#starting;
    const old = this.#running;
    const supervisor = this.#supervisor;
    if (this.#phase !== 'running' || old === null || supervisor === null)
      throw new ShardError('SERVICE_STATE', 'reload a service only while it runs');
    const running = await prepare(settings, this.#telemetry, this.#awaits(false));
    if (shapeOf(settings) === shapeOf(old.settings)) {
      this.#take(running);
      await supervisor.reload(settings, running.resolved);
    } else {
      // Loading code takes longest, so it is done while the old shards still work.
      const next = this.#supervise(running);
      await next.warm();
      await supervisor.drain(old.settings.service.drainTimeout, false);
      await this.#launch(running, next);
    }
    await closePrepared(old);
  }

  /** Stops fetching, finishes open transactions, closes. True when all was drained within `deadline` ms. */
  async stop(deadline: number): Promise<boolean> {
    this.#phase = 'draining';
    this.#awaiting?.interrupt();
    this.#discovery?.stop();
    const drained = (await this.#supervisor?.drain(deadline, true)) ?? true;
    await this.#release();
    this.#phase = 'stopped';
    return drained;
  }

  status(): ServiceStatus {
    const states = this.#supervisor?.states() ?? [];
    const problems: { code: string; message: string }[] = [];
    for (const { shard, state, error } of states)
      if (state !== 'running')
        problems.push({
          code: error?.code ?? 'SHARD_NOT_RUNNING',
          message: `shard ${shard} is ${state}${error === null ? '' : `: ${error.message}`}`,
        });
    problems.push(...(this.#awaiting?.problems ?? []), ...(this.#discovery?.problems ?? []));
    if (this.#failure !== null) problems.push(this.#failure);
    const allRun = states.length > 0 && states.every(({ state }) => state === 'running');
    return {
      ready: this.#phase === 'running' && allRun,
      phase: this.#failure === null ? this.#phase : 'failed',
      shards: states.map(({ shard, state, restarts }) => ({ shard, state, restarts })),
      halted: states.flatMap(({ halted }) => halted),
      problems: problems.map(({ code, message }) => ({ code, message })),
    };
  }

  /** Resolves (never rejects) with the reason when the service can't go on by itself: the process should exit. */
  failed(): Promise<LetheError> {
    return this.#failed.promise;
  }

  async #start(): Promise<void> {
    try {
      const running = await this.#prepareWanted();
      await this.#launch(running);
    } catch (error) {
      if (this.#stopping()) return;
      this.#phase = 'failed';
      await this.#release();
      throw error;
    }
    if (!this.#stopping()) this.#phase = 'running';
  }

  /** Prepares what is wanted by the time that it is done. */
  async #prepareWanted(): Promise<Prepared> {
    const told = new Map<string, string>();
    for (;;) {
      const settings = this.#wanted;
      this.#awaiting = this.#awaits(!settings.service.dryRun, told);
      try {
        const running = await prepare(settings, this.#telemetry, this.#awaiting);
        if (settings === this.#wanted || this.#stopping()) return running;
        await closePrepared(running);
      } catch (error) {
        if (settings === this.#wanted || this.#stopping()) throw error;
      } finally {
        this.#awaiting = null;
      }
    }
  }

  #awaits(patient: boolean, told = new Map<string, string>()): Awaiting {
    return new Awaiting({ patient, told, event: (event) => this.#telemetry.event(event) });
  }

  async #launch(running: Prepared, supervisor = this.#supervise(running)): Promise<void> {
    if (this.#stopping()) {
      await Promise.all([supervisor.drain(0, false), closePrepared(running)]);
      return;
    }
    this.#take(running);
    this.#supervisor = supervisor;
    await supervisor.start();
  }

  #supervise({ settings, resolved }: Prepared): Supervisor {
    return new Supervisor({
      settings,
      resolved,
      instance: this.#instance,
      telemetry: this.#telemetry,
      answer: (wanted) => this.#answer(wanted),
      failed: (error) => this.#fail(error),
      ...(this.#options.spawn === undefined ? {} : { spawn: this.#options.spawn }),
    });
  }

  #take(running: Prepared): void {
    this.#running = running;
    this.#discovery?.stop();
    const { settings, admins, resolved } = running;
    this.#discovery = new Discovery({
      settings,
      resolver: new TopicResolver(settings, admins, (event) => this.#telemetry.event(event)),
      every: this.#options.discoverEvery ?? defaultDiscoverEvery,
      known: resolved,
      event: (event) => this.#telemetry.event(event),
      changed: (found) => {
        running.plans.route(found);
        this.#supervisor?.route(found);
      },
    });
    this.#discovery.start();
  }

  async #answer(wanted: PlanWanted): Promise<PlanAnswer> {
    const answer = await this.#running?.plans.answer(wanted);
    return answer ?? { kind: 'unavailable', code: 'SERVICE_STATE' };
  }

  #fail(error: LetheError): void {
    this.#failure = error;
    this.#failed.resolve(error);
  }

  #stopping(): boolean {
    return this.#phase === 'draining' || this.#phase === 'stopped';
  }

  async #release(): Promise<void> {
    this.#discovery?.stop();
    const running = this.#running;
    this.#running = null;
    if (running !== null) await closePrepared(running);
  }
}

/** What shards can't take while they run: connections, membership, and which clusters they write to. */
function shapeOf({ clusters, registry, quarantine, service, routes }: StreamingSettings): string {
  const paths = routes.map(({ from, to }) => `${from.cluster} ${to.cluster}`);
  const links = [...new Set(paths)].sort();
  return digestOf({ clusters, registry, quarantine: quarantine.cluster, service, links });
}
