/**
 * Schemas that records of a target name. One is right when it is, to the last attribute, what the rules make of a version of the raw subject:
 * the plan then says what every leaf must look like.
 */
import { canonicalJson } from '../../foundation/canonical-json.ts';
import { compile } from '../../anonymization/plan/compile.ts';
import { isLetheError } from '../../foundation/errors.ts';
import { subjectOf } from '../../streaming/registry/subjects.ts';
import type { Plan } from '../../anonymization/plan/plan.ts';
import type { Rules } from '../../anonymization/rules/rules.ts';
import type { RegisteredSchema } from '../../streaming/registry/schema.ts';
import type { RegistryClient } from '../../streaming/registry/client.ts';
import type { SchemaName } from '../../streaming/shard/messages.ts';
import { leafWalk, type LeafWalk } from './avro/leaf-walk.ts';
import { readAvroSchema, SchemaUnclear, type AvroType } from './avro/schema.ts';
import type { Target } from './target.ts';

export type Standing = 'planned' | 'other-rules' | 'foreign';

export interface JudgedSchema {
  readonly standing: Standing;
  /** `null` where values can't be read by it. */
  readonly walk: LeafWalk | null;
}

export type Part = 'key' | 'value';

/** What is asked of the registry. */
export type SchemaSource = Pick<
  RegistryClient,
  'schemaById' | 'schemaByGuid' | 'versions' | 'version'
>;

/** Plans of one raw subject by the canonical text of what they make. */
interface Planned {
  readonly seen: Set<number>;
  readonly plans: Map<string, Plan>;
}

/** Schemas remembered, and milliseconds for which one that nobody planned is not asked for again. */
const mostSchemas = 1000;
const doubt = 60_000;

export class TargetSchemas {
  readonly #source: SchemaSource;
  readonly #now: () => number;
  readonly #judged = new Map<string, { readonly schema: JudgedSchema; readonly until: number }>();
  readonly #planned = new Map<string, Planned>();

  constructor(source: SchemaSource, now: () => number = () => performance.now()) {
    this.#source = source;
    this.#now = now;
  }

  /** What is known of the schema, after {@link judge}. */
  get(target: Target, part: Part, name: SchemaName): JudgedSchema | null {
    return this.#judged.get(keyOf(target, part, name))?.schema ?? null;
  }

  /** @throws RegistryError where the registry gives no answer */
  async judge(target: Target, part: Part, name: SchemaName): Promise<void> {
    const key = keyOf(target, part, name);
    const known = this.#judged.get(key);
    if (known !== undefined && known.until > this.#now()) return;
    const schema = await this.#judge(target, part, name);
    const until = schema.standing === 'planned' ? Infinity : this.#now() + doubt;
    this.#judged.delete(key);
    this.#judged.set(key, { schema, until });
    for (const oldest of this.#judged.keys()) {
      if (this.#judged.size <= mostSchemas) break;
      this.#judged.delete(oldest);
    }
  }

  async #judge(target: Target, part: Part, name: SchemaName): Promise<JudgedSchema> {
    const written = await this.#read(name);
    const understood = written === null ? null : understand(written);
    if (understood === null) return { standing: 'foreign', walk: null };
    const { type, text } = understood;
    const plan = await this.#planOf(target, part, text, 'name' in type ? type.name : '');
    if (plan !== null) return { standing: 'planned', walk: leafWalk(type, plan) };
    const standing = /"plan":"[0-9a-f]{64}"/.test(text) ? 'other-rules' : 'foreign';
    return { standing, walk: leafWalk(type, null) };
  }

  async #read(name: SchemaName): Promise<RegisteredSchema | null> {
    try {
      return name.kind === 'id'
        ? await this.#source.schemaById(name.id)
        : await this.#source.schemaByGuid(name.guid);
    } catch (error) {
      // A language or a size that lethe never writes.
      if (isLetheError(error) && !error.retriable) return null;
      throw error;
    }
  }

  /** The plan that makes this schema, from the newest version of the raw subject to the oldest. */
  async #planOf(target: Target, part: Part, text: string, root: string): Promise<Plan | null> {
    const { route, from } = target;
    const subject = subjectOf(route.subjectNameStrategy, from, root, part);
    const key = JSON.stringify([route.name, part, subject]);
    const planned: Planned = this.#planned.get(key) ?? { seen: new Set(), plans: new Map() };
    this.#planned.set(key, planned);
    const before = planned.plans.get(text);
    if (before !== undefined) return before;
    for (const number of (await this.#source.versions(subject)).toReversed()) {
      if (planned.seen.has(number)) continue;
      const raw = await this.#source.version(subject, number);
      planned.seen.add(number);
      const plan = raw === null ? null : compiled(raw, rulesFor(target, part));
      if (plan === null) continue;
      const made = canonicalText(plan.outputSchema);
      planned.plans.set(made, plan);
      if (made === text) return plan;
    }
    return null;
  }
}

function keyOf({ route, topic }: Target, part: Part, name: SchemaName): string {
  return JSON.stringify([route.name, topic, part, name]);
}

/** What a schema says of bytes, and its canonical text; `null` where it can't be read. */
function understand({
  type: language,
  text,
  references,
}: RegisteredSchema): { readonly type: AvroType; readonly text: string } | null {
  if (language !== 'AVRO') return null;
  const texts = references.map((one) => one.text);
  try {
    return { type: readAvroSchema(text, texts), text: canonicalText(text) };
  } catch (error) {
    // The second is what nesting without end comes to.
    if (error instanceof SchemaUnclear || error instanceof RangeError) return null;
    throw error;
  }
}

function canonicalText(text: string): string {
  return canonicalJson(JSON.parse(text));
}

/** The plan of a raw schema; `null` where the rules refuse it, since nothing is written under it then. */
function compiled({ type, text, references, tags }: RegisteredSchema, rules: Rules): Plan | null {
  try {
    const metadata = tags === null ? {} : { metadata: { tags } };
    return compile({ format: type, schema: text, references, ...metadata, rules });
  } catch (error) {
    if (isLetheError(error) && error.code === 'PLAN_REFUSED') return null;
    throw error;
  }
}

/** The one technique of a key decides every leaf of its schema. */
function rulesFor({ route: { rules, key } }: Target, part: Part): Rules {
  if (part === 'value') return rules;
  const everything = { pattern: '**', spec: key.spec, optional: false };
  return { ...rules, route: { tags: new Map(), fields: [everything] } };
}
