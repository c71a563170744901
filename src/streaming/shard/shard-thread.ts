import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { serializeError } from '../../foundation/errors.ts';
import type { SerializedError } from '../../foundation/errors.ts';
import type { StreamingSettings } from '../settings.ts';
import type { ShardReport, Telemetry } from '../telemetry.ts';
import { ShardError } from './errors.ts';
import type { ShardErrorCode } from './errors.ts';
import type { FromShard, ResolvedTopics, ToShard } from './messages.ts';

const firstBackoff = 250;
const longestBackoff = 15_000;
/** Crashes in a row, each less than `stableAfter` ms after its start, that make a crash loop. */
const mostCrashes = 6;
const stableAfter = 60_000;
/** Milliseconds that a thread may take to load before its heartbeat counts, or before nobody waits for it any more. */
const startTime = 20_000;

export interface ShardState {
  readonly shard: number;
  readonly state: 'starting' | 'running' | 'restarting' | 'draining' | 'stopped' | 'failed';
  readonly restarts: number;
  readonly halted: ShardReport['halted'];
  /** Why it was restarted last, while it has not started again. */
  readonly error: SerializedError | null;
}

export interface ShardThreadOptions {
  readonly shard: number;
  readonly heartbeatDeadline: number;
  readonly spawn: () => Worker;
  readonly telemetry: Telemetry;
  readonly receive: (message: FromShard, reply: (answer: ToShard) => void) => void;
  readonly crashLoop: (error: ShardError) => void;
}

/** One shard over all its lives: the worker of now, and those that crashed before it. */
export class ShardThread {
  readonly #options: ShardThreadOptions;
  #worker: Worker | null = null;
  #state: ShardState['state'] = 'starting';
  #restarts = 0;
  #crashes = 0;
  #startedAt = 0;
  #error: SerializedError | null = null;
  #halted: ShardReport['halted'] = [];
  #heartbeat: NodeJS.Timeout | null = null;
  #restart: NodeJS.Timeout | null = null;
  readonly #loaded = Promise.withResolvers<undefined>();
  #begun = false;
  readonly #started = Promise.withResolvers<undefined>();
  #ended = Promise.withResolvers<undefined>();
  #reloaded: ((error: SerializedError | null) => void) | null = null;

  constructor(options: ShardThreadOptions) {
    this.#options = options;
    // A crash loop before the first start is told through `crashLoop`; nobody may be waiting here any more.
    this.#started.promise.catch(() => undefined);
  }

  /** Loads the code of a thread ahead of its start. Resolves when that is done, or took too long to wait for. */
  async warm(): Promise<void> {
    this.#spawn();
    const late = new AbortController();
    await Promise.race([
      this.#loaded.promise,
      sleep(startTime, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
  }

  start(): void {
    const { shard, telemetry } = this.#options;
    this.#restart = null;
    if (this.#worker === null) this.#spawn();
    this.#begun = true;
    this.send({ type: 'begin' });
    telemetry.event({ event: 'shard.started', shard });
  }

  #spawn(): void {
    const worker = this.#options.spawn();
    this.#worker = worker;
    this.#startedAt = performance.now();
    this.#ended = Promise.withResolvers();
    this.#beat(worker, startTime);
    worker.on('message', (message: FromShard) => this.#receive(worker, message));
    worker.on('error', (error) => (this.#error ??= serializeError(error)));
    worker.on('exit', () => this.#exited(worker));
  }

  /** Resolves when the shard has joined its group for the first time; rejects when it never will. */
  started(): Promise<undefined> {
    return this.#started.promise;
  }

  send(message: ToShard): void {
    this.#worker?.postMessage(message);
  }

  /** Resolves when the shard works with the new settings: by itself, or because it was replaced. */
  async reload(settings: StreamingSettings, resolved: ResolvedTopics): Promise<void> {
    if (this.#state !== 'running') {
      // It was started with the old settings: the next life has the new ones.
      if (this.#state === 'starting') await this.#worker?.terminate();
      return;
    }
    const answer = Promise.withResolvers<SerializedError | null>();
    this.#reloaded = answer.resolve;
    const late = setTimeout(
      () =>
        answer.resolve(
          problem(
            'SHARD_RELOAD_LATE',
            `shard ${this.#options.shard} did not take new settings in time`,
          ),
        ),
      this.#options.heartbeatDeadline,
    );
    this.send({ type: 'reload', settings, resolved });
    const error = await answer.promise;
    clearTimeout(late);
    this.#reloaded = null;
    if (error === null) return;
    this.#error = error;
    await this.#worker?.terminate();
  }

  /** True when the shard ended by itself in time; else it is terminated. `leave`: it does not come back under its name soon. */
  async drain(deadline: number, leave: boolean): Promise<boolean> {
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#started.reject(new ShardError('SERVICE_STATE', 'the shard was drained before it ran'));
    if (this.#worker === null) {
      this.#stop();
      return true;
    }
    this.#state = 'draining';
    this.send({ type: 'drain', leave });
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), deadline);
    const first = await Promise.race([this.#ended.promise, late.promise]);
    clearTimeout(timer);
    if (first === 'late') await this.#worker.terminate();
    this.#stop();
    return first !== 'late';
  }

  state(): ShardState {
    return {
      shard: this.#options.shard,
      state: this.#state,
      restarts: this.#restarts,
      halted: this.#halted,
      error: this.#error,
    };
  }

  #receive(worker: Worker, message: FromShard): void {
    if (worker !== this.#worker) return;
    this.#beat(worker);
    this.#loaded.resolve(undefined);
    if (message.type === 'started') {
      this.#error = null;
      if (this.#state !== 'draining') this.#state = 'running';
      this.#started.resolve(undefined);
    } else if (message.type === 'failed') this.#error = message.error;
    else if (message.type === 'reloaded') this.#reloaded?.(message.error);
    else if (message.type === 'report') this.#halted = message.report.halted;
    else if (message.type === 'drained')
      this.#options.telemetry.event({ event: 'shard.drained', shard: this.#options.shard });
    this.#options.receive(message, (answer) => {
      if (worker === this.#worker) worker.postMessage(answer);
    });
  }

  /** A thread that loads its modules is silent for a while: `grace` ms on top of the deadline. */
  #beat(worker: Worker, grace = 0): void {
    const { shard, heartbeatDeadline, telemetry } = this.#options;
    if (this.#heartbeat !== null) clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      telemetry.event({ event: 'shard.heartbeat-missed', shard, milliseconds: heartbeatDeadline });
      const message = `shard ${shard} gave no sign of life for ${heartbeatDeadline} ms`;
      this.#error = problem('SHARD_HEARTBEAT_MISSED', message);
      void worker.terminate();
    }, heartbeatDeadline + grace);
  }

  #exited(worker: Worker): void {
    if (worker !== this.#worker) return;
    if (this.#heartbeat !== null) clearTimeout(this.#heartbeat);
    this.#worker = null;
    this.#reloaded?.(null);
    this.#ended.resolve(undefined);
    if (this.#state === 'draining' || this.#state === 'stopped') return;
    if (this.#begun) this.#crashed();
    else this.#loaded.resolve(undefined);
  }

  #crashed(): void {
    const { shard, telemetry, crashLoop } = this.#options;
    const { code, message } =
      this.#error ?? problem('SHARD_CRASHED', 'the worker thread ended unexpectedly');
    telemetry.event({ event: 'shard.failed', shard, code, message });
    this.#crashes = performance.now() - this.#startedAt > stableAfter ? 1 : this.#crashes + 1;
    if (this.#crashes >= mostCrashes) {
      this.#state = 'failed';
      const what = `shard ${shard} crashed ${mostCrashes} times in a row, last with ${code}`;
      const error = new ShardError('SHARD_CRASH_LOOP', `${what}: ${message}`);
      this.#started.reject(error);
      crashLoop(error);
      return;
    }
    this.#state = 'restarting';
    this.#restarts++;
    const backoff = Math.min(longestBackoff, firstBackoff * 2 ** (this.#crashes - 1));
    telemetry.event({ event: 'shard.restarting', shard, code, backoff });
    telemetry.shardRestarted(shard);
    this.#restart = setTimeout(() => this.start(), backoff);
  }

  #stop(): void {
    this.#state = 'stopped';
    this.#options.telemetry.event({ event: 'shard.stopped', shard: this.#options.shard });
  }
}

/** What happened to a thread as the error that it could not post itself. */
function problem(code: ShardErrorCode, message: string): SerializedError {
  return { code, message, retriable: true, problems: [] };
}
