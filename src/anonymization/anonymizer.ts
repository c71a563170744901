import { compile } from './plan/compile.ts';
import type { Plan, SchemaFormat } from './plan/plan.ts';
import { KeyRing } from './crypto/key-ring.ts';
import type { OutcomeCode } from './outcomes.ts';
import { outcomeCodes } from './outcomes.ts';
import { FormatError } from './formats/errors.ts';
import { defaultRecordLimits } from './formats/limits.ts';
import { link } from './formats/link.ts';
import { Packer } from './formats/pack.ts';
import type { RecordLimits, Rewriter } from './formats/rewriter.ts';
import { parseRules } from './rules/parse-rules.ts';
import type { NamedText } from './schema/avro.ts';
import type { Coordinates } from './techniques/column.ts';

/** A schema as a registry keeps it. */
export interface SchemaInput {
  readonly type: Exclude<SchemaFormat, 'RAW'>;
  readonly text: string;
  /** The schemas that it refers to, under the names it uses. */
  readonly references?: readonly NamedText[];
  /** The registry's metadata object, whose `tags` are read. */
  readonly metadata?: unknown;
  /** Protobuf only: full name of the message; default the first. */
  readonly messageName?: string;
}

/** Root keys by version, 32 bytes each, and the version that new tokens are made with. */
export interface RootKeys {
  readonly roots: Readonly<Record<string, Uint8Array>>;
  readonly current: string;
}

export interface AnonymizerOptions {
  readonly schema: SchemaInput;
  /** The operator's rules as in the configuration file. */
  readonly rules: unknown;
  readonly keys: KeyRing | RootKeys;
  readonly limits?: Partial<RecordLimits>;
}

/** Where the values come from. Without it, techniques that depend on coordinates derive from key, path and value alone. */
export interface ValueCoordinates {
  readonly topic: string;
  readonly partition: number;
  /** One per value. */
  readonly offsets: ArrayLike<number>;
}

/** What became of one value. `path` is empty where no leaf is known; it never holds a map key or an array index. */
export type Outcome =
  | { readonly status: 'written'; readonly value: Uint8Array | null }
  | { readonly status: 'dropped' }
  | {
      readonly status: 'quarantined';
      readonly code: Exclude<OutcomeCode, 'WRITTEN' | 'DROPPED'>;
      readonly path: string;
    };

/** Values per batch, and bytes after which a batch is closed. */
const batchValues = 4096;
const batchBytes = 8 * 2 ** 20;

/**
 * The embedder's door: one schema, one set of rules, one set of keys. The same engine as the service, synchronous, on unframed payload
 * bytes.
 *
 * @example
 * const anonymizer = Anonymizer.compile({ schema: { type: 'AVRO', text }, rules, keys: { roots, current: 'v1' } });
 * const [outcome] = anonymizer.anonymize([payload]);
 */
export class Anonymizer {
  readonly plan: Plan;
  /** The schema of what is written, as text. */
  readonly outputSchema: string;
  readonly outputReferences: Plan['outputReferences'];
  readonly #rewriter: Rewriter;
  readonly #packer = new Packer();

  private constructor(plan: Plan, rewriter: Rewriter) {
    this.plan = plan;
    this.outputSchema = plan.outputSchema;
    this.outputReferences = plan.outputReferences;
    this.#rewriter = rewriter;
  }

  /**
   * Decides every leaf of the schema, or refuses with all reasons.
   *
   * @throws LetheError with `code` and filled `problems`: `PLAN_REFUSED`, `FORMAT_UNSUPPORTED`, a code of the rules or of the keys
   */
  static compile({ schema, rules, keys, limits }: AnonymizerOptions): Anonymizer {
    if (schema.type !== 'AVRO') throw unsupported(schema.type);
    const { text, references = [], metadata } = schema;
    const plan = compile({
      schema: text,
      references,
      metadata,
      rules: parseRules(rules),
    });
    const rewriter = link(plan, keyRing(keys), { ...defaultRecordLimits, ...limits });
    return new Anonymizer(plan, rewriter);
  }

  /**
   * Anonymizes values; null (a tombstone) stays null. Never throws for what the bytes hold: outcome `i` is that of value `i`.
   *
   * @throws FormatError `COORDINATES_INCOMPLETE` when there are fewer offsets than values
   */
  anonymize(
    values: readonly (Uint8Array | null)[],
    coordinates?: ValueCoordinates,
  ): readonly Outcome[] {
    if (coordinates !== undefined && coordinates.offsets.length < values.length) {
      throw new FormatError('COORDINATES_INCOMPLETE', 'Give an offset for each value');
    }
    const outcomes: Outcome[] = [];
    while (outcomes.length < values.length) this.#batch(values, coordinates, outcomes);
    return outcomes;
  }

  #batch(
    values: readonly (Uint8Array | null)[],
    coordinates: ValueCoordinates | undefined,
    outcomes: Outcome[],
  ): void {
    const first = outcomes.length;
    const packer = this.#packer;
    packer.clear();
    do packer.add(values[first + packer.count]!);
    while (
      first + packer.count < values.length &&
      packer.count < batchValues &&
      packer.length < batchBytes
    );
    const where = coordinatesOf(coordinates, first, packer.count);
    const {
      bytes,
      starts,
      ends,
      outcomes: numbers,
      failedSteps,
    } = this.#rewriter.rewrite(packer.packed(), where);
    let length = 0;
    for (let index = 0; index < packer.count; index++) length = Math.max(length, ends[index]!);
    // The rewriter's buffer is used again, so what the caller gets is a copy: one for the batch.
    const copy = bytes.slice(0, length);
    for (let index = 0; index < packer.count; index++) {
      const value = starts[index]! < 0 ? null : copy.subarray(starts[index], ends[index]);
      outcomes.push(this.#outcome(numbers[index]!, failedSteps[index]!, value));
    }
  }

  #outcome(number: number, step: number, value: Uint8Array | null): Outcome {
    const code = outcomeCodes[number]!;
    if (code === 'WRITTEN') return { status: 'written', value };
    if (code === 'DROPPED') return { status: 'dropped' };
    return { status: 'quarantined', code, path: this.plan.steps[step]?.path ?? '' };
  }
}

function keyRing(keys: KeyRing | RootKeys): KeyRing {
  return keys instanceof KeyRing
    ? keys
    : KeyRing.fromRootKeys(new Map(Object.entries(keys.roots)), keys.current);
}

function coordinatesOf(
  given: ValueCoordinates | undefined,
  first: number,
  count: number,
): Coordinates {
  if (given === undefined) return { topic: null, partition: 0, offsets: new Float64Array(0) };
  const offsets = Float64Array.from({ length: count }, (_, index) => given.offsets[first + index]!);
  return { topic: given.topic, partition: given.partition, offsets };
}

function unsupported(type: SchemaFormat): FormatError {
  return new FormatError(
    'FORMAT_UNSUPPORTED',
    `Use an AVRO schema: "${type}" can't be anonymized yet`,
  );
}
