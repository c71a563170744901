/**
 * One worker thread: a loop per source cluster, and the conversation with the main thread.
 */
import type { MessagePort } from 'node:worker_threads';
import { serializeError } from '../../foundation/errors.ts';
import { recordBatchAdapter } from '../kafka/record-batch-adapter.ts';
import type { KafkaAdapter } from '../kafka/record-batch-adapter.ts';
import type { Sink, Source } from '../kafka/port.ts';
import type { StreamingSettings } from '../settings.ts';
import type {
  FromShard,
  PlanAnswer,
  PlanWanted,
  ResolvedTopics,
  ShardStart,
  ToShard,
} from './messages.ts';
import type { RecordTransformer } from './record-transformer.ts';
import { ShardLoop } from './shard-loop.ts';
import { Tally } from './tally.ts';

const reportEvery = 1000;
/** How long a shard that failed may try to leave its group. */
const farewell = 2000;

/** What a transformer is made from. */
export interface TransformerContext {
  readonly settings: StreamingSettings;
  /** The source cluster whose records it will be given. */
  readonly cluster: string;
  readonly resolved: ResolvedTopics;
  readonly ask: (wanted: PlanWanted) => Promise<PlanAnswer>;
}

export type TransformerFactory = (context: TransformerContext) => Promise<RecordTransformer>;

/** Runs a shard until it is drained or fails; the thread ends afterwards. */
export class ShardRuntime {
  readonly #port: MessagePort;
  readonly #start: ShardStart;
  readonly #createTransformer: TransformerFactory;
  readonly #adapter: KafkaAdapter;
  readonly #tally = new Tally();
  readonly #loops = new Map<string, ShardLoop>();
  readonly #sources = new Map<string, Pick<Source, 'retain' | 'subscribe'>>();
  readonly #transformers = new Map<string, RecordTransformer>();
  readonly #questions = new Map<number, (answer: PlanAnswer) => void>();
  #question = 0;
  readonly #begun = Promise.withResolvers<undefined>();
  #draining = false;
  #leave = false;

  constructor(
    port: MessagePort,
    start: ShardStart,
    createTransformer: TransformerFactory,
    adapter: KafkaAdapter = recordBatchAdapter,
  ) {
    this.#port = port;
    this.#start = start;
    this.#createTransformer = createTransformer;
    this.#adapter = adapter;
  }

  /** Resolves once everything is closed, whether drained or failed. */
  async run(): Promise<void> {
    this.#port.on('message', (message: ToShard) => this.#receive(message));
    const report = setInterval(() => this.#report(), reportEvery);
    this.#post({ type: 'alive' });
    try {
      await this.#begun.promise;
      if (!this.#draining) await this.#work();
      this.#report();
      await this.#close();
      this.#post({ type: 'drained' });
    } catch (error) {
      for (const loop of this.#loops.values()) loop.drain();
      this.#post({ type: 'failed', error: serializeError(error) });
      await Promise.race([this.#close(), new Promise((resolve) => setTimeout(resolve, farewell))]);
    } finally {
      clearInterval(report);
      this.#port.close();
    }
  }

  async #work(): Promise<void> {
    await this.#makeLoops();
    const loops = [...this.#loops.values()];
    if (this.#draining) for (const loop of loops) loop.drain();
    await Promise.all(loops.map((loop) => loop.start()));
    this.#post({ type: 'started' });
    await Promise.all(loops.map((loop) => loop.run()));
  }

  /** A shard that is replaced keeps its place in the group; one that ends with its process gives it to others. */
  async #close(): Promise<void> {
    const leave = this.#leave || this.#start.groupInstanceId === null;
    await Promise.allSettled([...this.#loops.values()].map((loop) => loop.close(leave)));
  }

  async #makeLoops(): Promise<void> {
    const { settings, resolved } = this.#start;
    const clusters = sourceClusters(settings);
    for (const cluster of clusters) {
      const transformer = await this.#makeTransformer(cluster, settings, resolved);
      const source = this.#adapter.createSource({
        cluster: settings.clusters.get(cluster)!,
        service: serviceOf(settings),
        topics: topicsOf(resolved, cluster),
        groupInstanceId: this.#start.groupInstanceId,
      });
      this.#sources.set(cluster, source);
      this.#transformers.set(cluster, transformer);
      const { transaction, limits, dryRun } = settings.service;
      this.#loops.set(
        cluster,
        new ShardLoop({
          shard: this.#start.shard,
          source,
          homeCluster: cluster,
          sinks: dryRun ? null : this.#makeSinks(cluster, clusters.length > 1),
          transformer,
          maxAge: transaction.maxAge,
          maxBytes: transaction.maxBytes,
          inFlightBytes: limits.inFlightBytes / clusters.length,
          tally: this.#tally,
          event: (event) => this.#post({ type: 'event', event }),
        }),
      );
    }
  }

  #makeTransformer(
    cluster: string,
    settings: StreamingSettings,
    resolved: ResolvedTopics,
  ): Promise<RecordTransformer> {
    return this.#createTransformer({
      settings,
      cluster,
      resolved,
      ask: (wanted) => this.#ask(wanted),
    });
  }

  /** The home cluster's sink commits offsets in every case; others only where a route or the quarantine topic leads there. */
  #makeSinks(home: string, several: boolean): ReadonlyMap<string, Sink> {
    const { settings, transactionalId } = this.#start;
    const targets = new Set([home, settings.quarantine.cluster]);
    for (const { from, to } of settings.routes) if (from.cluster === home) targets.add(to.cluster);
    const sinks = new Map<string, Sink>();
    for (const target of targets)
      sinks.set(
        target,
        this.#adapter.createSink({
          cluster: settings.clusters.get(target)!,
          sourceCluster: settings.clusters.get(home)!,
          service: settings.service,
          transactionalId: several ? `${transactionalId}-${home}` : transactionalId,
        }),
      );
    return sinks;
  }

  #receive(message: ToShard): void {
    switch (message.type) {
      case 'plan-answer':
        this.#questions.get(message.request)?.(message.answer);
        this.#questions.delete(message.request);
        break;
      case 'topics':
        void this.#route(message.resolved);
        break;
      case 'reload':
        void this.#reload(message.settings, message.resolved);
        break;
      case 'begin':
        this.#begun.resolve(undefined);
        break;
      case 'drain':
        this.#draining = true;
        this.#leave = message.leave;
        this.#begun.resolve(undefined);
        for (const loop of this.#loops.values()) loop.drain();
        break;
    }
  }

  async #route(resolved: ResolvedTopics): Promise<void> {
    for (const [cluster, source] of this.#sources) {
      source.retain(topicsOf(resolved, cluster));
      this.#transformers.get(cluster)?.route(resolved);
      try {
        await source.subscribe(topicsOf(resolved, cluster));
      } catch (error) {
        // The next discovery tries again; until then the topics known so far go on.
        const { code, message } = serializeError(error);
        const topic = topicsOf(resolved, cluster).join(', ');
        this.#post({ type: 'event', event: { event: 'topic.mismatch', topic, code, message } });
      }
    }
  }

  /** All new transformers first, so that a key that can't be read changes nothing. */
  async #reload(settings: StreamingSettings, resolved: ResolvedTopics): Promise<void> {
    const made = new Map<string, RecordTransformer>();
    try {
      for (const cluster of this.#loops.keys())
        made.set(cluster, await this.#makeTransformer(cluster, settings, resolved));
    } catch (error) {
      for (const transformer of made.values()) transformer.close();
      this.#post({ type: 'reloaded', error: serializeError(error) });
      return;
    }
    if (this.#draining) return;
    const swaps: Promise<void>[] = [];
    for (const [cluster, transformer] of made) {
      // The new one knows nothing of topics that are gone from the routes.
      this.#sources.get(cluster)?.retain(topicsOf(resolved, cluster));
      this.#transformers.set(cluster, transformer);
      swaps.push(this.#loops.get(cluster)!.replace(transformer));
    }
    await Promise.all(swaps);
    await this.#route(resolved);
    this.#post({ type: 'reloaded', error: null });
  }

  #ask(wanted: PlanWanted): Promise<PlanAnswer> {
    const request = ++this.#question;
    return new Promise((resolve) => {
      this.#questions.set(request, resolve);
      this.#post({ type: 'plan-wanted', request, wanted });
    });
  }

  #report(): void {
    this.#post({ type: 'alive' });
    const loops = [...this.#loops.values()];
    // Numbers of a thread that waits for its turn would stand in for those of the one that works.
    if (loops.length === 0) return;
    const report = this.#tally.take(
      this.#start.shard,
      Date.now(),
      loops.flatMap((loop) => loop.positions()),
      loops.flatMap((loop) => loop.halted()),
      loops.reduce((sum, loop) => sum + loop.heldBytes, 0),
    );
    this.#post({ type: 'report', report });
  }

  #post(message: FromShard): void {
    this.#port.postMessage(message);
  }
}

/** Clusters that some route reads from, in the order of the routes. */
function sourceClusters({ routes }: StreamingSettings): readonly string[] {
  return [...new Set(routes.map(({ from }) => from.cluster))];
}

function topicsOf({ topics }: ResolvedTopics, cluster: string): readonly string[] {
  return topics.filter(({ fromCluster }) => fromCluster === cluster).map(({ from }) => from);
}

/** A dry run has a group of its own, so that it takes no partition from the service. */
function serviceOf({ service }: StreamingSettings): StreamingSettings['service'] {
  return service.dryRun ? { ...service, groupId: `${service.groupId}-dry-run` } : service;
}
