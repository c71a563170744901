/**
 * What the engine must do, written as plainly as can be: decode with avsc, one reference technique per value, encode with avsc.
 */
import type { Plan, PlanStep } from '../../../../src/anonymization/plan/plan.ts';
import { parseAvroSchema } from '../../../../src/anonymization/schema/avro.ts';
import type { LeafType, SchemaNode } from '../../../../src/anonymization/schema/tree.ts';
import type { ReferenceContext, ReferenceValue } from '../../techniques/reference.ts';
import { reference } from '../../techniques/reference.ts';
import { avscType } from './avsc-types.ts';

export type OracleResult =
  | { readonly code: 'WRITTEN'; readonly bytes: Buffer }
  | { readonly code: 'DROPPED' | 'VALUE_OUTSIDE_DOMAIN' }
  /** Two map keys became one, which a plain object can't show, or the reference can't compute the value. */
  | { readonly code: 'UNDECIDED' };

/** Written in place of a value when its union shall be null. */
const toNull = Symbol('null');

export class Oracle {
  readonly #plan: Plan;
  readonly #source: SchemaNode;
  readonly #target: SchemaNode;
  readonly #sourceType;
  readonly #targetType;
  readonly #keys: ReferenceContext['keys'];
  #coordinates: { topic: string; partition: number; offset: number } | null = null;
  #ordinals = new Map<number, number>();
  #said = new Set<string>();

  constructor(plan: Plan, schema: string, keys: ReferenceContext['keys']) {
    this.#plan = plan;
    this.#keys = keys;
    this.#source = parseAvroSchema(schema).root;
    this.#target = parseAvroSchema(plan.outputSchema).root;
    this.#sourceType = avscType(schema);
    this.#targetType = avscType(plan.outputSchema);
  }

  rewrite(
    bytes: Buffer,
    coordinates: { topic: string; partition: number; offset: number } | null,
  ): OracleResult {
    this.#coordinates = coordinates;
    this.#ordinals = new Map();
    this.#said = new Set();
    const value: unknown = this.#sourceType.fromBuffer(bytes);
    const written = this.#node(this.#plan.program.root, this.#source, this.#target, value);
    if (this.#said.has('dropped')) return { code: 'DROPPED' };
    if (this.#said.has('VALUE_OUTSIDE_DOMAIN')) return { code: 'VALUE_OUTSIDE_DOMAIN' };
    if (this.#said.has('undecided')) return { code: 'UNDECIDED' };
    return { code: 'WRITTEN', bytes: this.#targetType.toBuffer(written) };
  }

  #node(index: number, source: SchemaNode, target: SchemaNode, value: unknown): unknown {
    const node = this.#plan.program.nodes[index]!;
    if (node.op === 'null') return null;
    if (node.op === 'leaf') return this.#leaf(node.step, value);
    if (node.op === 'record' && source.kind === 'record' && target.kind === 'record') {
      const written: Record<string, unknown> = {};
      source.fields.forEach((field, position) => {
        const { node: inner, removed } = node.fields[position]!;
        const targetField = target.fields.find(({ name }) => name === field.name);
        if (removed || targetField === undefined) return;
        const held = (value as Record<string, unknown>)[field.name];
        written[field.name] = this.#node(inner, field.type, targetField.type, held);
      });
      return written;
    }
    if (node.op === 'array' && source.kind === 'array' && target.kind === 'array') {
      return (value as unknown[]).map((item) =>
        this.#node(node.items, source.items, target.items, item),
      );
    }
    if (node.op === 'map' && source.kind === 'map' && target.kind === 'map') {
      if (node.removeEntries) return {};
      const entries = Object.entries(value as Record<string, unknown>).map(([key, item]) => [
        this.#leaf(node.keyStep, key) as string,
        this.#node(node.values, source.values, target.values, item),
      ]);
      const written = Object.fromEntries(entries) as Record<string, unknown>;
      const order = entries.map(([key]) => key).join('\n');
      if (Object.keys(written).join('\n') !== order) this.#said.add('undecided');
      return written;
    }
    if (node.op === 'union' && source.kind === 'union' && target.kind === 'union') {
      if (value === null) return null;
      const [[name, held]] = Object.entries(value as Record<string, unknown>) as [
        [string, unknown],
      ];
      const branch = source.branches.findIndex((one) => one.name === name);
      const from = source.branches[branch]!;
      const to = target.branches[branch]!;
      const written = this.#node(node.branches[branch]!, from.type, to.type, held);
      return written === toNull ? null : { [to.name]: written };
    }
    throw new Error(`the program has ${node.op} where the schema has ${source.kind}`);
  }

  #leaf(index: number, value: unknown): unknown {
    const step = this.#plan.steps[index]!;
    const ordinal = this.#ordinals.get(index) ?? 0;
    this.#ordinals.set(index, ordinal + 1);
    const held = plain(step.input, value);
    if (!isComparable(step, held)) {
      this.#said.add('undecided');
      return value;
    }
    const result = reference(step.technique, step.input, held, {
      keys: this.#keys,
      path: step.path,
      coordinates: this.#coordinates === null ? null : { ...this.#coordinates, ordinal },
      companion: null,
    });
    if (result.status === 'replaced') return coded(step, result.value);
    if (result.status === 'kept') return value;
    if (result.status === 'null') return toNull;
    this.#said.add(result.status);
    return value;
  }
}

/** From avsc's form of a value to the reference's. */
function plain(type: LeafType, value: unknown): ReferenceValue {
  return type.kind === 'int' || type.kind === 'long'
    ? BigInt(value as number | bigint)
    : (value as ReferenceValue);
}

/** From the reference's form to avsc's. */
function coded({ input, output }: PlanStep, value: ReferenceValue): unknown {
  if (output.kind === 'int') return Number(value);
  if (output.kind === 'bytes' || output.kind === 'fixed') return Buffer.from(value as Uint8Array);
  // The output schema may call symbols by other names; what is written is the index.
  if (output.kind === 'enum' && input.kind === 'enum') {
    return output.symbols[input.symbols.indexOf(value as string)];
  }
  return value;
}

/** The reference divides reals, so that the tiniest lose their sign, and counts days with `Date`, which holds 10^8 of them either way. */
function isComparable({ technique, input }: PlanStep, value: ReferenceValue): boolean {
  if (typeof value === 'number') return value === 0 || Math.abs(value) > 1e-300;
  if (technique.technique !== 'truncate-date' || typeof value !== 'bigint') return true;
  const days = 'logical' in input && input.logical.name === 'date';
  return Math.abs(Number(value)) < (days ? 1e8 : 8e15);
}
