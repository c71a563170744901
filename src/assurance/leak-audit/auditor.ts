/** Reads every target of the routes again and judges what stands there: once up to its end, or for as long as it is let. */
import { LogReader } from '../../streaming/kafka/source/log-reader.ts';
import type { RawSlice, TopicPartition } from '../../streaming/kafka/port.ts';
import type { RegistryClient } from '../../streaming/registry/client.ts';
import type { StreamingSettings } from '../../streaming/settings.ts';
import { AuditBook } from './audit-book.ts';
import { AuditError } from './errors.ts';
import { Patience } from './patience.ts';
import { SliceAudit, type SliceResult } from './slice-audit.ts';
import { hasPatterns, targetsOf, type Target } from './target.ts';
import type { Finding } from '../../isolation/findings/finding.ts';
import type { AuditSettings } from './settings.ts';
import type { SchemaSource } from './target-schemas.ts';
import type { AuditTelemetry } from './telemetry.ts';

export interface AuditorOptions {
  readonly settings: StreamingSettings;
  readonly audit: AuditSettings;
  readonly registry: SchemaSource & Pick<RegistryClient, 'subjects'>;
  readonly telemetry: AuditTelemetry;
  /** Keeps positions under `audit.groupId`; else the audit begins with the first record. */
  readonly keepsPositions: boolean;
}

/** What was read of one route. */
export interface RouteAudit {
  readonly route: string;
  readonly judged: number;
  /** Left out by `audit.sample`. */
  readonly skipped: number;
  /** Leaves whose values can't be told from raw ones, as `path (technique)`. */
  readonly blind: readonly string[];
}

export interface AuditResult {
  readonly findings: readonly Finding[];
  /** Finds that were too many to tell apart. */
  readonly beyond: number;
  readonly topics: number;
  readonly partitions: number;
  readonly routes: readonly RouteAudit[];
}

/** Milliseconds: to wait for data, between commits, between looks at topics, and without progress until an audit has stalled. */
const wait = 500;
const commitEvery = 5000;
const discoverEvery = 30_000;
const stalled = 60_000;

export class Auditor {
  readonly #options: AuditorOptions;
  readonly #book: AuditBook;
  readonly #slices: SliceAudit;
  readonly #patience: Patience;
  readonly #readers = new Map<string, LogReader>();
  #targets: ReadonlyMap<string, Target> = new Map();
  #unseen: ReadonlySet<string> = new Set();
  /** Partitions with a batch whose end nobody can tell. */
  readonly #left = new Set<string>();
  #opened = false;
  #turned = performance.now();

  constructor(options: AuditorOptions) {
    this.#options = options;
    const { audit, settings, registry, telemetry } = options;
    this.#book = new AuditBook(telemetry);
    this.#slices = new SliceAudit({ audit, limits: settings.service.limits, source: registry });
    this.#patience = new Patience(telemetry, () => this.#turn());
  }

  /** `waiting` is the code of what is waited for; `idle` milliseconds since the last turn. */
  status(): { readonly ready: boolean; readonly waiting: string | null; readonly idle: number } {
    const { waiting } = this.#patience;
    const ready = this.#opened && waiting === null;
    return { ready, waiting, idle: performance.now() - this.#turned };
  }

  /**
   * Judges everything from the first record to what is the last one now.
   *
   * @throws KafkaError, RegistryError; AuditError `AUDIT_STALLED` where the end doesn't come
   */
  async once(): Promise<AuditResult> {
    await this.#discover();
    for (const [cluster, reader] of this.#readers) await this.#readToEnd(cluster, reader);
    return this.#result();
  }

  /**
   * Judges what comes until `signal` is aborted.
   *
   * @throws KafkaError where a cluster stays away or refuses; the process should start anew then
   */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#patience.ask(signal, () => this.#discover());
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    try {
      const clusters = [...this.#readers];
      await Promise.all(clusters.map(([name, reader]) => this.#keepUp(name, reader, either)));
    } finally {
      stop.abort();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
  }

  #result(): AuditResult {
    const { ledger } = this.#book;
    const positions = [...this.#readers.values()].flatMap((reader) => reader.positions());
    const blind = this.#slices.blind();
    return {
      findings: ledger.findings(),
      beyond: ledger.beyond,
      topics: new Set(positions.map(({ topic }) => topic)).size,
      partitions: positions.length,
      routes: this.#options.settings.routes.map(({ name }) => ({
        route: name,
        ...this.#book.counts(name),
        blind: [...(blind.get(name) ?? [])].map(([path, technique]) => `${path} (${technique})`),
      })),
    };
  }

  /** Finds the targets as they are now and reads those that are new. */
  async #discover(): Promise<void> {
    const { settings, registry, telemetry } = this.#options;
    const subjects = hasPatterns(settings.routes) ? await registry.subjects() : [];
    const targets = targetsOf(settings.routes, subjects);
    this.#targets = new Map(targets.map((one) => [keyOf(one.cluster, one.topic), one]));
    const seen = new Set<string>();
    for (const [cluster, group] of Map.groupBy(targets, (one) => one.cluster)) {
      const missing = await this.#readerOf(cluster).follow(group.map(({ topic }) => topic));
      for (const { route, topic } of group) if (!missing.includes(topic)) seen.add(route.name);
    }
    const before = this.#unseen;
    const unseen = settings.routes.filter(({ name }) => !seen.has(name));
    for (const route of unseen) if (!before.has(route.name)) this.#book.unseen(route);
    this.#unseen = new Set(unseen.map(({ name }) => name));
    if (this.#opened) return;
    this.#opened = true;
    const { topics, partitions } = this.#result();
    telemetry.event({ event: 'audit.started', topics, partitions });
  }

  #readerOf(cluster: string): LogReader {
    const known = this.#readers.get(cluster);
    if (known !== undefined) return known;
    const { settings, audit, keepsPositions } = this.#options;
    const reader = new LogReader({
      cluster: settings.clusters.get(cluster)!,
      service: settings.service,
      groupId: keepsPositions ? audit.groupId : null,
      startFrom: keepsPositions ? audit.startFrom : 'earliest',
      missed: (partition, next) => {
        const target = this.#targets.get(keyOf(cluster, partition.topic));
        if (target !== undefined) this.#book.missed(target, partition, next);
      },
    });
    this.#readers.set(cluster, reader);
    return reader;
  }

  async #readToEnd(cluster: string, reader: LogReader): Promise<void> {
    const ends = new Map(
      (await reader.ends()).map((one) => [keyOf(one.topic, one.partition), one.offset]),
    );
    const endOf = ({ topic, partition }: TopicPartition) => ends.get(keyOf(topic, partition)) ?? 0n;
    const goesOn = () =>
      reader
        .positions()
        .some((one) => one.position < endOf(one) && !this.#left.has(placeOf(cluster, one)));
    for (let last = performance.now(); goesOn();) {
      const slices = await reader.fetch(wait);
      for (const slice of slices)
        this.#take(cluster, reader, slice, await this.#judge(cluster, slice));
      if (slices.length > 0) last = performance.now();
      else if (performance.now() - last > stalled)
        throw new AuditError(
          'AUDIT_STALLED',
          `Look at the brokers of cluster "${cluster}": their topics do not come to the end that they told`,
        );
    }
  }

  async #keepUp(cluster: string, reader: LogReader, signal: AbortSignal): Promise<void> {
    const done = new Map<string, TopicPartition & { readonly next: bigint }>();
    let committed = performance.now();
    let discovered = committed;
    while (!signal.aborted) {
      for (const slice of await reader.fetch(wait)) {
        const result = await this.#patience.ask(signal, () => this.#judge(cluster, slice));
        if (result === null) break;
        this.#take(cluster, reader, slice, result);
        const { topic, partition, next } = slice;
        done.set(keyOf(topic, partition), { topic, partition, next });
      }
      this.#turn();
      if (performance.now() - committed > commitEvery) {
        await reader.commit([...done.values()]);
        done.clear();
        committed = performance.now();
      }
      if (performance.now() - discovered > discoverEvery) {
        await this.#patience.ask(signal, () => this.#discover());
        discovered = performance.now();
      }
    }
    await reader.commit([...done.values()]);
  }

  async #judge(cluster: string, slice: RawSlice): Promise<SliceResult> {
    const target = this.#targets.get(keyOf(cluster, slice.topic));
    if (target === undefined) return { judged: 0, skipped: 0, finds: [] };
    return this.#slices.check(target, slice);
  }

  #take(cluster: string, reader: LogReader, slice: RawSlice, result: SliceResult): void {
    const { topic, partition, from, next } = slice;
    const target = this.#targets.get(keyOf(cluster, topic));
    if (target !== undefined) this.#book.take(target, partition, result);
    if (next > from) return;
    // The header of the batch is nonsense, which was found: asked again, the broker would give the same bytes.
    reader.leave(slice);
    this.#left.add(placeOf(cluster, slice));
  }

  /** Tells where it is; whoever turns is alive. */
  #turn(): void {
    this.#turned = performance.now();
    this.#options.telemetry.positions(
      [...this.#readers].flatMap(([cluster, reader]) =>
        reader.positions().map(({ topic, partition, position, end }) => ({
          cluster,
          topic,
          partition,
          lag: Math.max(0, Number(end - position)),
        })),
      ),
    );
  }
}

const placeOf = (cluster: string, { topic, partition }: TopicPartition): string =>
  `${cluster}/${topic}/${partition}`;
const keyOf = (one: string, other: string | number): string => `${one}/${other}`;
