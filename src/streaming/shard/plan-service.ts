/**
 * From schema id to plan, on the main thread: read the schema, compile it under the route's rules, register what comes out. Shards ask;
 * one answer serves all of them.
 */
import { isLetheError } from '../../foundation/errors.ts';
import type { Problem } from '../../foundation/errors.ts';
import { compile } from '../../anonymization/plan/compile.ts';
import type { Plan } from '../../anonymization/plan/plan.ts';
import type { Rules } from '../../anonymization/rules/rules.ts';
import type { RegistryClient } from '../registry/client.ts';
import { RegistryError } from '../registry/errors.ts';
import type { RegisteredSchema } from '../registry/schema.ts';
import { subjectOf } from '../registry/subjects.ts';
import type { RouteSettings, StreamingSettings } from '../settings.ts';
import type { Telemetry } from '../telemetry.ts';
import type { PlanAnswer, PlanWanted, ResolvedTopic, ResolvedTopics } from './messages.ts';

/** Refusals remembered as told: beyond it they are told again, which is better than growing without bound. */
const mostTold = 10_000;

interface Kept {
  readonly answer: PlanAnswer;
  readonly until: number;
}

export class PlanService {
  readonly #settings: StreamingSettings;
  readonly #registry: RegistryClient;
  readonly #telemetry: Telemetry;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #flights = new Map<string, Promise<PlanAnswer>>();
  readonly #told = new Set<string>();
  #topics: readonly ResolvedTopic[] = [];

  /** `now`: a monotonic clock in milliseconds. */
  constructor(options: {
    readonly settings: StreamingSettings;
    readonly registry: RegistryClient;
    readonly telemetry: Telemetry;
    readonly now?: () => number;
  }) {
    this.#settings = options.settings;
    this.#registry = options.registry;
    this.#telemetry = options.telemetry;
    this.#now = options.now ?? (() => performance.now());
  }

  route({ topics }: ResolvedTopics): void {
    this.#topics = topics;
  }

  /** Answers a shard. Never rejects. */
  answer(wanted: PlanWanted): Promise<PlanAnswer> {
    const { route, topic, part, schema } = wanted;
    const key = `${route}\0${topic}\0${part}\0${schema.kind === 'id' ? schema.id : schema.guid}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > this.#now()) return Promise.resolve(kept.answer);
    const flying = this.#flights.get(key);
    if (flying !== undefined) return flying;
    const flight = this.#make(wanted)
      .then((answer) => this.#keep(key, answer))
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  /**
   * Makes the plans of the latest versions of the subjects that the topics would use, so that the first records don't wait, and refused
   * schemas are told at the start. Subjects named by record can't be known before a record comes.
   */
  async preload(): Promise<void> {
    for (const topic of this.#topics) {
      const route = this.#routeOf(topic.route);
      if (route === null || route.subjectNameStrategy !== 'topic') continue;
      const parts = route.key.type === 'avro' ? (['value', 'key'] as const) : (['value'] as const);
      for (const part of parts) {
        const latest = await this.#latest(subjectOf('topic', topic.from, '', part));
        if (latest === null) continue;
        const schema = { kind: 'id', id: latest.id } as const;
        await this.answer({ route: route.name, topic: topic.from, schema, part });
      }
    }
  }

  async #latest(subject: string): Promise<RegisteredSchema | null> {
    try {
      return (await this.#registry.latest(subject))?.schema ?? null;
    } catch (error) {
      // Preloading saves time; what can't be read now is asked for again when a record needs it.
      if (error instanceof RegistryError) return null;
      throw error;
    }
  }

  async #make(wanted: PlanWanted): Promise<PlanAnswer> {
    const topic = this.#topics.find(
      ({ from, route }) => from === wanted.topic && route === wanted.route,
    );
    const route = this.#routeOf(wanted.route);
    if (topic === undefined || route === null)
      return { kind: 'unavailable', code: 'ROUTE_UNKNOWN' };
    let schema: RegisteredSchema | null = null;
    const started = performance.now();
    try {
      schema = await this.#read(wanted);
      if (schema === null) return this.#unknown(wanted);
      const plan = compilePlan(schema, rulesFor(route, wanted.part));
      this.#telemetry.planCompiled(route.name, 'compiled', (performance.now() - started) / 1000);
      const outputSchemaId = await this.#register(plan, route, topic, wanted.part);
      this.#compiled(plan, route, topic, wanted, schema.id, outputSchemaId);
      return { kind: 'ready', plan, schemaId: schema.id, outputSchemaId };
    } catch (error) {
      if (isLetheError(error) && error.retriable) {
        const { code, message } = error;
        this.#telemetry.event({ event: 'registry.unavailable', code, message });
        return { kind: 'unavailable', code };
      }
      this.#telemetry.planCompiled(route.name, 'refused', (performance.now() - started) / 1000);
      return this.#refused(wanted, schema?.id ?? idOf(wanted), error);
    }
  }

  #read({ schema }: PlanWanted): Promise<RegisteredSchema | null> {
    return schema.kind === 'id'
      ? this.#registry.schemaById(schema.id)
      : this.#registry.schemaByGuid(schema.guid);
  }

  /** Registers the output schema and answers its id; a dry run only asks whether the registry would take it. */
  async #register(
    plan: Plan,
    route: RouteSettings,
    { to }: ResolvedTopic,
    part: 'key' | 'value',
  ): Promise<number> {
    const subject = subjectOf(route.outputSubjectNameStrategy, to, plan.name, part);
    const schema = { type: 'AVRO', text: plan.outputSchema, references: [] } as const;
    if (!this.#settings.service.dryRun) return await this.#registry.register(subject, schema);
    if (await this.#registry.compatible(subject, schema)) return 0;
    throw new RegistryError('REGISTRY_INCOMPATIBLE', `the output schema does not fit "${subject}"`);
  }

  #compiled(
    plan: Plan,
    route: RouteSettings,
    { to }: ResolvedTopic,
    { part }: PlanWanted,
    schemaId: number,
    outputSchemaId: number,
  ): void {
    this.#telemetry.event({
      event: 'plan.compiled',
      route: route.name,
      subject: subjectOf(route.outputSubjectNameStrategy, to, plan.name, part),
      schemaId,
      outputSchemaId,
      digest: plan.digest,
      steps: plan.steps.length,
    });
    if (plan.passedUnclassified.length > 0)
      this.#telemetry.event({
        event: 'plan.passes-unclassified',
        route: route.name,
        schemaId,
        paths: plan.passedUnclassified,
      });
  }

  #unknown(wanted: PlanWanted): PlanAnswer {
    const message = 'register the schema, or use the registry of the producer: it has no such id';
    this.#tellRefused(wanted, idOf(wanted), 'SCHEMA_UNKNOWN', [
      { code: 'SCHEMA_UNKNOWN', path: '', message },
    ]);
    return this.#refusal('SCHEMA_UNKNOWN', idOf(wanted));
  }

  #refused(wanted: PlanWanted, schemaId: number, error: unknown): PlanAnswer {
    const known = isLetheError(error);
    const code = known ? error.code : 'UNEXPECTED';
    const message = 'report this: compiling the schema failed in a way that it should not';
    this.#tellRefused(
      wanted,
      schemaId,
      code,
      known ? error.problems : [{ code, path: '', message }],
    );
    return this.#refusal('SCHEMA_REFUSED', schemaId);
  }

  #refusal(outcome: 'SCHEMA_UNKNOWN' | 'SCHEMA_REFUSED', schemaId: number): PlanAnswer {
    return { kind: 'refused', outcome, schemaId, ttl: this.#settings.registry.negativeTtl };
  }

  #tellRefused(
    { route, topic, part }: PlanWanted,
    schemaId: number,
    code: string,
    problems: readonly Problem[],
  ): void {
    // Told once, however often the answer runs out: nothing has changed for whoever reads it.
    const told = `${route}\0${topic}\0${part}\0${schemaId}\0${code}`;
    if (this.#told.has(told)) return;
    if (this.#told.size >= mostTold) this.#told.clear();
    this.#told.add(told);
    const subject = `${topic}-${part}`;
    this.#telemetry.event({ event: 'plan.refused', route, subject, schemaId, code, problems });
  }

  /** What was unavailable is never kept; the oldest answer goes first. */
  #keep(key: string, answer: PlanAnswer): PlanAnswer {
    if (answer.kind === 'unavailable') return answer;
    const until = answer.kind === 'ready' ? Infinity : this.#now() + answer.ttl;
    this.#kept.delete(key);
    this.#kept.set(key, { answer, until });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#settings.service.limits.plans) break;
      this.#kept.delete(oldest);
    }
    return answer;
  }

  #routeOf(name: string): RouteSettings | null {
    return this.#settings.routes.find((route) => route.name === name) ?? null;
  }
}

function compilePlan({ type, text, references, tags }: RegisteredSchema, rules: Rules): Plan {
  return compile({
    format: type,
    schema: text,
    references,
    ...(tags === null ? {} : { metadata: { tags } }),
    rules,
  });
}

/** A key has one technique, which decides every leaf of its schema; values go by the rules. */
function rulesFor({ rules, key }: RouteSettings, part: 'key' | 'value'): Rules {
  if (part === 'value') return rules;
  const everything = { pattern: '**', spec: key.spec, optional: false };
  return { ...rules, route: { tags: new Map(), fields: [everything] } };
}

function idOf({ schema }: PlanWanted): number {
  return schema.kind === 'id' ? schema.id : 0;
}
