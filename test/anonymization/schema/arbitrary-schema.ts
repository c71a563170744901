/**
 * Random Avro schemas with annotations: every type and logical type, nesting, reuse of named types, namespaces, unions, recursion through
 * unions, arrays and maps. Valid by construction.
 */
import fc from 'fast-check';

type Json = Readonly<Record<string, unknown>>;

/** The shape of a type before names are given. */
type Recipe =
  | { readonly kind: 'leaf'; readonly type: unknown }
  | { readonly kind: 'enum'; readonly symbols: number; readonly mark: number }
  | {
      readonly kind: 'fixed';
      readonly size: number;
      readonly logical: string;
      readonly mark: number;
    }
  | { readonly kind: 'array' | 'map'; readonly inner: Recipe; readonly mark: number }
  | { readonly kind: 'union'; readonly branches: readonly Recipe[]; readonly nullable: boolean }
  | { readonly kind: 'reuse'; readonly choice: number }
  | {
      readonly kind: 'record';
      readonly namespace: number;
      readonly mark: number;
      readonly fields: readonly FieldRecipe[];
    };

interface FieldRecipe {
  readonly type: Recipe;
  readonly mark: number;
  readonly documented: boolean;
}

/** How the schemas are annotated. */
export interface SchemaOptions {
  /** Tags to choose from; default none, so that no leaf is classified. */
  readonly tags?: readonly string[];
  /** Whether unions of several types occur; default true. */
  readonly unions?: boolean;
}

const leaves: readonly unknown[] = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'string',
  'bytes',
  'string',
  'long',
  { type: 'int', logicalType: 'date' },
  { type: 'int', logicalType: 'time-millis' },
  { type: 'long', logicalType: 'time-micros' },
  { type: 'long', logicalType: 'timestamp-millis' },
  { type: 'long', logicalType: 'timestamp-micros' },
  { type: 'long', logicalType: 'timestamp-nanos' },
  { type: 'long', logicalType: 'local-timestamp-millis' },
  { type: 'string', logicalType: 'uuid' },
  { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
  // Invalid annotations, which must be ignored.
  { type: 'string', logicalType: 'date' },
  { type: 'bytes', logicalType: 'decimal', precision: 2, scale: 5 },
];

const mark = fc.nat(1000);

const recipes = fc.letrec<{ type: Recipe; record: Recipe; field: FieldRecipe }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'schema' },
    {
      weight: 6,
      arbitrary: fc.constantFrom(...leaves).map((type): Recipe => ({ kind: 'leaf', type })),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('enum' as const),
        symbols: fc.integer({ min: 1, max: 4 }),
        mark,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('fixed' as const),
        size: fc.constantFrom(1, 8, 12, 16, 20),
        logical: fc.constantFrom('', '', 'duration', 'uuid', 'decimal'),
        mark,
      }),
    },
    { weight: 2, arbitrary: fc.nat(1000).map((choice): Recipe => ({ kind: 'reuse', choice })) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('array' as const, 'map' as const),
        inner: tie('type'),
        mark,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('union' as const),
        branches: fc.array(tie('type'), { minLength: 1, maxLength: 3 }),
        nullable: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: tie('record') },
  ),
  record: fc.record({
    kind: fc.constant('record' as const),
    namespace: fc.nat(5),
    mark,
    fields: fc.array(tie('field'), { minLength: 1, maxLength: 4, depthIdentifier: 'schema' }),
  }),
  field: fc.record({ type: tie('type'), mark, documented: fc.boolean() }),
}));

/** A random schema as JSON text; the root is a record. */
export function arbitrarySchema(options: SchemaOptions = {}): fc.Arbitrary<string> {
  return recipes.record.map((recipe) => JSON.stringify(new Writer(options).write(recipe, false)));
}

/** Gives names, and keeps what Avro forbids out. */
class Writer {
  readonly #options: SchemaOptions;
  /** Named types that are complete, and records that are open around the current place, by full name. */
  readonly #complete: string[] = [];
  readonly #open: string[] = [];
  #count = 0;
  #namespace = '';

  constructor(options: SchemaOptions) {
    this.#options = options;
  }

  /** `guarded`: an array, map or union with null is around, so that a record may contain itself. */
  write(recipe: Recipe, guarded: boolean): unknown {
    switch (recipe.kind) {
      case 'leaf':
        return recipe.type;
      case 'enum': {
        const name = this.#name('E');
        const symbols = Array.from({ length: recipe.symbols }, (_, index) => `S${index}`);
        return { type: 'enum', ...this.#define(name), symbols, ...this.#mark(recipe.mark) };
      }
      case 'fixed': {
        const name = this.#name('F');
        const logical =
          recipe.logical === '' ? {} : { logicalType: recipe.logical, precision: 2, scale: 1 };
        return {
          type: 'fixed',
          ...this.#define(name),
          size: recipe.size,
          ...logical,
          ...this.#mark(recipe.mark),
        };
      }
      case 'array':
        return { type: 'array', items: this.write(recipe.inner, true), ...this.#mark(recipe.mark) };
      case 'map':
        return { type: 'map', values: this.write(recipe.inner, true), ...this.#mark(recipe.mark) };
      case 'reuse': {
        // A type without namespace can't be named from inside a namespace (Avro 1.12, Names).
        const names = [...this.#complete, ...(guarded ? this.#open : [])].filter(
          (name) => name.includes('.') || this.#namespace === '',
        );
        const name = names[recipe.choice % Math.max(1, names.length)];
        return name ?? 'string';
      }
      case 'union':
        return this.#union(recipe);
      case 'record':
        return this.#record(recipe);
    }
  }

  #union({ branches, nullable }: Extract<Recipe, { kind: 'union' }>): unknown {
    const used = this.#options.unions === false ? branches.slice(0, 1) : branches;
    const seen = new Set<string>();
    const written = used.flatMap((branch) => {
      if (branch.kind === 'union') return [];
      const named = this.#complete.length;
      const type = this.write(branch, nullable);
      const name = branchName(type);
      if (seen.has(name)) {
        // What is left out was never defined.
        this.#complete.length = named;
        return [];
      }
      seen.add(name);
      return [type];
    });
    return nullable ? ['null', ...written] : written.length > 0 ? written : ['string'];
  }

  #record({ namespace, mark: marked, fields }: Extract<Recipe, { kind: 'record' }>): unknown {
    const outer = this.#namespace;
    const own = ['', 'acme', 'acme.user', 'acme.userProfile'][namespace];
    const simple = `R${this.#count++}`;
    const full = (own ?? outer) === '' ? simple : `${own ?? outer}.${simple}`;
    this.#namespace = own ?? outer;
    this.#open.push(full);
    const written = fields.map(({ type, mark: fieldMark, documented }, index) => ({
      name: `f${index}`,
      type: this.write(type, false),
      ...(documented ? { doc: 'owner text' } : {}),
      ...this.#mark(fieldMark),
    }));
    this.#open.pop();
    this.#complete.push(full);
    this.#namespace = outer;
    return {
      type: 'record',
      name: simple,
      namespace: own ?? outer,
      doc: 'owner text',
      fields: written,
      ...this.#mark(marked),
    };
  }

  #name(prefix: string): string {
    const simple = `${prefix}${this.#count++}`;
    this.#complete.push(this.#namespace === '' ? simple : `${this.#namespace}.${simple}`);
    return simple;
  }

  #define(name: string): Json {
    return { name };
  }

  /** Marks about a third of the places, in both inline dialects. */
  #mark(choice: number): Json {
    const tags = this.#options.tags ?? [];
    const tag = tags[choice % Math.max(1, tags.length)];
    if (tag === undefined || choice % 3 !== 0) return {};
    return choice % 2 === 0 ? { 'confluent:tags': [tag] } : { lethe: tag };
  }
}

function branchName(type: unknown): string {
  if (typeof type === 'string') return type.slice(type.lastIndexOf('.') + 1);
  const { type: kind, name } = type as { readonly type: string; readonly name?: string };
  return name ?? kind;
}
