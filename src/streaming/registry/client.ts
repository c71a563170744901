/**
 * The schema registry as Lethe needs it (Confluent's REST API, version 7): schemas by id, their references and metadata; compatibility
 * and registration of output schemas.
 */
import { z } from 'zod';
import type { RegistrySettings } from '../settings.ts';
import { RegistryError } from './errors.ts';
import { IdCache } from './id-cache.ts';
import { parseSchemaAnswer } from './schema.ts';
import type {
  ReferencedSchema,
  RegisteredSchema,
  SchemaAnswer,
  SchemaReference,
  SchemaToRegister,
} from './schema.ts';
import { RegistryTransport } from './transport.ts';
import type { ObserveCall, RegistryRequest } from './transport.ts';

/** References followed from one schema, and how deep; more is refused as hostile. */
const maxReferences = 256;
const maxReferenceDepth = 16;

const registeredSchema = z.object({ id: z.int() });
const subjectsSchema = z.array(z.string());
const versionsSchema = z.array(z.int());
const compatibilitySchema = z.object({ is_compatible: z.boolean() });

export interface RegistryLimits {
  /** Bytes of one schema text. */
  readonly schemaBytes: number;
}

export interface SubjectVersion {
  readonly version: number;
  readonly schema: RegisteredSchema;
}

export class RegistryClient {
  readonly #transport: RegistryTransport;
  readonly #limit: number;
  readonly #byId: IdCache<number, RegisteredSchema>;
  readonly #byGuid: IdCache<string, RegisteredSchema>;

  constructor(
    settings: RegistrySettings,
    limits: RegistryLimits,
    observe: ObserveCall = () => undefined,
  ) {
    const { cacheEntries, negativeTtl } = settings;
    const now = (): number => performance.now();
    // JSON escaping may double a text; the rest of an answer is small.
    this.#transport = new RegistryTransport(settings, 2 * limits.schemaBytes + 65_536, observe);
    this.#limit = limits.schemaBytes;
    this.#byId = new IdCache(cacheEntries, negativeTtl, now);
    this.#byGuid = new IdCache(cacheEntries, negativeTtl, now);
  }

  /** Asks for anything at all: answers when the registry is reachable and lets us in. */
  async check(): Promise<void> {
    await this.#transport.call({ operation: 'check', method: 'GET', path: 'subjects?limit=1' });
  }

  /** The schema with this id; `null` when the registry says that it has none. */
  schemaById(id: number): Promise<RegisteredSchema | null> {
    return this.#byId.get(id, async () => {
      const answer = await this.#read({
        operation: 'schema-by-id',
        method: 'GET',
        path: `schemas/ids/${id}`,
      });
      return answer === null ? null : await this.#resolve(id, answer);
    });
  }

  /** The schema with this GUID (registries from Confluent 8.0 on); `null` when there is none. */
  schemaByGuid(guid: string): Promise<RegisteredSchema | null> {
    return this.#byGuid.get(guid, async () => {
      const operation = 'schema-by-guid';
      const answer = await this.#read({ operation, method: 'GET', path: `schemas/guids/${guid}` });
      if (answer === null) return null;
      if (answer.id === null)
        throw new RegistryError('REGISTRY_RESPONSE_INVALID', `${operation} got no id`);
      return await this.#resolve(answer.id, answer);
    });
  }

  /** The latest version of a subject; `null` when there is no such subject. */
  async latest(subject: string): Promise<SubjectVersion | null> {
    const operation = 'latest-version';
    const path = `subjects/${encodeURIComponent(subject)}/versions/latest`;
    const answer = await this.#read({ operation, method: 'GET', path });
    if (answer === null) return null;
    if (answer.id === null || answer.version === null)
      throw new RegistryError('REGISTRY_RESPONSE_INVALID', `${operation} got no id or version`);
    return { version: answer.version, schema: await this.#resolve(answer.id, answer) };
  }

  /** Names of all subjects that this identity may see. */
  async subjects(): Promise<readonly string[]> {
    const operation = 'subjects';
    const answer = await this.#transport.call({ operation, method: 'GET', path: 'subjects' });
    if (answer.status !== 200)
      throw new RegistryError('REGISTRY_REJECTED', `${operation} was refused`);
    return parseAs(subjectsSchema, operation, answer.body);
  }

  /** Numbers of a subject's versions, in rising order; none where there is no such subject. */
  async versions(subject: string): Promise<readonly number[]> {
    const operation = 'versions';
    const path = `subjects/${encode(subject)}/versions`;
    const answer = await this.#transport.call({ operation, method: 'GET', path });
    if (answer.status === 404) return [];
    if (answer.status !== 200)
      throw new RegistryError('REGISTRY_REJECTED', `${operation} was refused`);
    return parseAs(versionsSchema, operation, answer.body).toSorted((a, b) => a - b);
  }

  /** One version of a subject; `null` when it is not there (any more). */
  async version(subject: string, version: number): Promise<RegisteredSchema | null> {
    const operation = 'schema-version';
    const path = `subjects/${encode(subject)}/versions/${version}`;
    const answer = await this.#read({ operation, method: 'GET', path });
    if (answer === null) return null;
    if (answer.id === null)
      throw new RegistryError('REGISTRY_RESPONSE_INVALID', `${operation} got no id`);
    return await this.#resolve(answer.id, answer);
  }

  /**
   * Makes sure that `schema` is a version of `subject` and returns its id; registering it again changes nothing. An incompatible schema
   * is refused before anything is written.
   *
   * @throws RegistryError REGISTRY_INCOMPATIBLE, REGISTRY_REJECTED, and those of the transport
   */
  async register(subject: string, schema: SchemaToRegister): Promise<number> {
    const known = await this.#post('lookup-schema', `subjects/${encode(subject)}`, schema);
    if (known.status === 200) return parseAs(registeredSchema, 'lookup-schema', known.body).id;
    await this.#requireCompatible(subject, schema);
    const operation = 'register-schema';
    const path = `subjects/${encode(subject)}/versions`;
    const answer = await this.#post(operation, path, schema);
    if (answer.status === 409)
      throw new RegistryError('REGISTRY_INCOMPATIBLE', `${operation} for "${subject}" was refused`);
    if (answer.status !== 200)
      throw new RegistryError('REGISTRY_REJECTED', `${operation} for "${subject}" was refused`);
    return parseAs(registeredSchema, operation, answer.body).id;
  }

  /** Whether the registry would take `schema` as the next version; true for a subject without versions. */
  async compatible(subject: string, schema: SchemaToRegister): Promise<boolean> {
    const operation = 'check-compatibility';
    const path = `compatibility/subjects/${encode(subject)}/versions/latest`;
    const answer = await this.#post(operation, path, schema);
    if (answer.status === 404) return true;
    if (answer.status !== 200)
      throw new RegistryError('REGISTRY_REJECTED', `${operation} for "${subject}" was refused`);
    return parseAs(compatibilitySchema, operation, answer.body).is_compatible;
  }

  close(): void {
    this.#transport.close();
  }

  async #requireCompatible(subject: string, schema: SchemaToRegister): Promise<void> {
    if (!(await this.compatible(subject, schema)))
      throw new RegistryError(
        'REGISTRY_INCOMPATIBLE',
        `the output schema does not follow the latest version of "${subject}"`,
      );
  }

  async #read(request: RegistryRequest): Promise<SchemaAnswer | null> {
    const answer = await this.#transport.call(request);
    if (answer.status === 404) return null;
    if (answer.status !== 200)
      throw new RegistryError('REGISTRY_REJECTED', `${request.operation} was refused`);
    return parseSchemaAnswer(request.operation, answer.body, this.#limit);
  }

  #post(
    operation: string,
    path: string,
    { type, text, references }: SchemaToRegister,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const body = { schemaType: type, schema: text, references };
    return this.#transport.call({ operation, method: 'POST', path, body });
  }

  async #resolve(id: number, answer: SchemaAnswer): Promise<RegisteredSchema> {
    const { type, text, tags } = answer;
    const found = new Map<string, ReferencedSchema>();
    await this.#follow(answer.references, found, new Set(), 0);
    return { id, type, text, references: [...found.values()], tags };
  }

  /** Depth first, so that `found` lists dependencies before those who need them. */
  async #follow(
    references: readonly SchemaReference[],
    found: Map<string, ReferencedSchema>,
    open: Set<string>,
    depth: number,
  ): Promise<void> {
    for (const { name, subject, version } of references) {
      const place = `${subject}/${version}`;
      if (found.has(name) || open.has(place)) continue;
      if (depth >= maxReferenceDepth || found.size + open.size >= maxReferences)
        throw new RegistryError(
          'REGISTRY_REFERENCES_TOO_MANY',
          `references of a schema go beyond ${maxReferences}, or ${maxReferenceDepth} deep`,
        );
      open.add(place);
      const operation = 'schema-reference';
      const path = `subjects/${encode(subject)}/versions/${version}`;
      const answer = await this.#read({ operation, method: 'GET', path });
      if (answer === null)
        throw new RegistryError(
          'REGISTRY_SCHEMA_UNKNOWN',
          `the reference "${subject}" version ${version} is not there`,
        );
      await this.#follow(answer.references, found, open, depth + 1);
      open.delete(place);
      found.set(name, { name, text: answer.text });
    }
  }
}

const encode = encodeURIComponent;

function parseAs<Output>(schema: z.ZodType<Output>, operation: string, body: unknown): Output {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new RegistryError(
    'REGISTRY_RESPONSE_INVALID',
    `${operation} was answered with another shape than expected`,
  );
}
