/**
 * The schema of sanitized records. An object of the source survives as it is (without the owner's marks) only where nothing below it is
 * rewritten; everything else is written anew from the plan, so that no documentation, default, alias or symbol of a
 * rewritten leaf is shown. A named type that is used with different outcomes becomes several types: the first keeps its name, the next ones
 * are called `Name_2`, `Name_3` …
 */
import { isDefaultOf } from '../schema/avro-default.ts';
import { namespaceOf, qualify, simpleNameOf } from '../schema/avro-names.ts';
import type { LeafType, SchemaNode } from '../schema/tree.ts';
import { changedNodes } from './changed-nodes.ts';
import { structure, withoutMarks } from './kept-attributes.ts';
import { neutralDefault } from './neutral-default.ts';
import type { PlanStep, ProgramNode } from './plan.ts';
import { classesOf } from './type-classes.ts';
import type { Walked } from './walk.ts';

/** What an output schema is derived from. */
export interface OutputSource extends Pick<Walked, 'root' | 'nodes' | 'sources' | 'sharedDomains'> {
  readonly steps: readonly PlanStep[];
  readonly digest: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Derives the output schema as JSON text, self-contained: types of references are defined in it. */
export function deriveOutputSchema(source: OutputSource): string {
  return JSON.stringify(new OutputSchema(source).typeOf(source.root, ''));
}

class OutputSchema {
  readonly #source: OutputSource;
  readonly #changed: ReadonlySet<number>;
  /** Enums and fixed that are rewritten somewhere: their definitions are bare everywhere, so that all uses are one type. */
  readonly #bareNames: ReadonlySet<string>;
  readonly #classes: readonly number[];
  readonly #names = new Map<number, string>();
  readonly #used = new Set<string>();
  readonly #taken: Set<string>;
  readonly #defined = new Set<number>();

  constructor(source: OutputSource) {
    this.#source = source;
    this.#changed = changedNodes(source.nodes, source.steps);
    this.#bareNames = new Set(
      [...this.#changed].flatMap((index) => leafName(source.sources[index]!) ?? []),
    );
    const fieldLeaves = this.#fieldLeaves();
    this.#classes = classesOf(source.nodes, (index) => this.#local(index, fieldLeaves));
    this.#taken = new Set(source.sources.flatMap((node) => namesOf(node)));
  }

  /** The type of a program node at a place whose enclosing namespace is given; `onField`: the field carries the provenance. */
  typeOf(index: number, namespace: string, onField = false): unknown {
    const node = this.#source.nodes[index]!;
    const kept = this.#keptAttributes(index);
    switch (node.op) {
      case 'null':
        return 'null';
      case 'leaf':
        return this.#leafType(index, node.step, namespace, onField);
      case 'array':
        return { ...kept, type: 'array', items: this.typeOf(node.items, namespace) };
      case 'map':
        return {
          ...kept,
          type: 'map',
          values: this.typeOf(node.values, namespace),
          ...this.#keyProvenance(node.keyStep),
        };
      case 'union':
        return node.branches.map((branch) =>
          this.typeOf(branch, namespace, onField && this.#isNullable(node)),
        );
      case 'record':
        return this.#recordType(index, node, namespace);
    }
  }

  #recordType(
    index: number,
    node: Extract<ProgramNode, { op: 'record' }>,
    namespace: string,
  ): unknown {
    const source = this.#source.sources[index]!;
    if (source.kind !== 'record') return 'null';
    const name = this.#nameOf(index, source.name);
    if (this.#isDefined(index)) return reference(name, namespace);
    const inside = namespaceOf(name);
    const fields = node.fields.flatMap((field, position) =>
      field.removed ? [] : [this.#field(index, position, field.node, inside)],
    );
    return { ...this.#keptAttributes(index), ...definition('record', name, namespace), fields };
  }

  #field(record: number, position: number, child: number, namespace: string): Json {
    const { name, ...others } = this.#localField(record, position, child);
    return { name, type: this.typeOf(child, namespace, true), ...others };
  }

  /** All of a field but its type. */
  #localField(record: number, position: number, child: number): Json {
    const source = this.#source.sources[record]!;
    const field = source.kind === 'record' ? source.fields[position] : undefined;
    if (field === undefined) return {};
    const step = this.#leafOfField(child);
    if (!this.#changed.has(child)) {
      const kept = withoutMarks(field.attributes, ['type', 'default']);
      const given = field.default;
      const valid = given !== undefined && isDefaultOf(field.type, given);
      return {
        ...kept,
        name: field.name,
        ...(valid ? { default: given } : this.#neutral(field.default, child)),
      };
    }
    const provenance = step === undefined ? {} : { lethe: this.#provenance(step) };
    return { name: field.name, ...this.#neutral(field.default, child), ...provenance };
  }

  #neutral(given: unknown, child: number): Json {
    if (given === undefined) return {};
    const value = neutralDefault(
      {
        nodes: this.#source.nodes,
        steps: this.#source.steps,
        fieldName: (node, field) => {
          const record = this.#source.sources[node]!;
          return record.kind === 'record' ? record.fields[field]!.name : '';
        },
      },
      child,
    );
    return value === undefined ? {} : { default: value };
  }

  #leafType(index: number, step: number, namespace: string, onField: boolean): unknown {
    const { output } = this.#source.steps[step]!;
    const extra = {
      ...this.#keptAttributes(index),
      ...(onField || !this.#changed.has(index) ? {} : { lethe: this.#provenance(step) }),
    };
    if (output.kind === 'enum' || output.kind === 'fixed') {
      const name = this.#nameOf(index, output.name);
      if (this.#isDefined(index)) return reference(name, namespace);
      const parts =
        output.kind === 'enum'
          ? { symbols: output.symbols }
          : { size: output.size, ...logicalAttributes(output) };
      return { ...extra, ...definition(output.kind, name, namespace), ...parts };
    }
    const type = { ...extra, type: output.kind, ...logicalAttributes(output) };
    return Object.keys(type).length === 1 ? output.kind : type;
  }

  /** Attributes of the source that survive: all but structure and marks, where nothing below is rewritten. */
  #keptAttributes(index: number): Json {
    const source = this.#source.sources[index]!;
    const name = leafName(source);
    if (this.#changed.has(index) || (name !== undefined && this.#bareNames.has(name))) return {};
    return withoutMarks(source.attributes, structure);
  }

  #provenance(step: number): Json {
    const { technique, domain } = this.#source.steps[step]!;
    return {
      technique: technique.technique,
      // A default domain is unique to its path; shown, it would split every named type by its uses.
      ...(this.#source.sharedDomains.has(step) ? { domain } : {}),
      plan: this.#source.digest,
    };
  }

  #keyProvenance(keyStep: number): Json {
    const kept = this.#source.steps[keyStep]?.technique.technique === 'keep';
    return kept ? {} : { lethe: { keys: this.#provenance(keyStep) } };
  }

  /** The step of a field that is a leaf or a nullable leaf. */
  #leafOfField(child: number): number | undefined {
    const node = this.#source.nodes[child]!;
    if (node.op === 'leaf') return node.step;
    if (node.op !== 'union' || !this.#isNullable(node)) return undefined;
    const leaf = node.branches
      .map((branch) => this.#source.nodes[branch]!)
      .find(({ op }) => op === 'leaf');
    return leaf?.op === 'leaf' ? leaf.step : undefined;
  }

  /** A union of null and one other type: the field around it speaks for it. */
  #isNullable(node: Extract<ProgramNode, { op: 'union' }>): boolean {
    return node.branches.length - (node.nullBranch >= 0 ? 1 : 0) === 1;
  }

  /** Leaves whose provenance stands on their field. */
  #fieldLeaves(): ReadonlySet<number> {
    const leaves = new Set<number>();
    for (const node of this.#source.nodes) {
      if (node.op !== 'record') continue;
      for (const { node: child } of node.fields) {
        leaves.add(child);
        const inner = this.#source.nodes[child]!;
        if (inner.op === 'union' && this.#isNullable(inner))
          for (const branch of inner.branches) leaves.add(branch);
      }
    }
    return leaves;
  }

  /** All that the type of one node says itself, without what its children say. */
  #local(index: number, fieldLeaves: ReadonlySet<number>): unknown {
    const node = this.#source.nodes[index]!;
    const kept = this.#keptAttributes(index);
    switch (node.op) {
      case 'leaf': {
        const onField = fieldLeaves.has(index) || !this.#changed.has(index);
        const { output } = this.#source.steps[node.step]!;
        return [output, kept, onField ? null : this.#provenance(node.step)];
      }
      case 'record': {
        const source = this.#source.sources[index]!;
        const name = source.kind === 'record' ? source.name : '';
        const fields = node.fields.map((field, position) =>
          field.removed ? null : this.#localField(index, position, field.node),
        );
        return ['record', name, kept, fields];
      }
      case 'map':
        return ['map', kept, this.#keyProvenance(node.keyStep)];
      case 'array':
        return ['array', kept];
      case 'null':
      case 'union':
        return [node.op];
    }
  }

  /** The output name of a named type: the source's own for the first outcome, a numbered one for the others. */
  #nameOf(index: number, base: string): string {
    const group = this.#classes[index]!;
    const known = this.#names.get(group);
    if (known !== undefined) return known;
    let name = base;
    for (let count = 2; this.#used.has(name) || (name !== base && this.#taken.has(name)); count++)
      name = qualify(`${simpleNameOf(base)}_${count}`, namespaceOf(base));
    this.#names.set(group, name);
    this.#used.add(name);
    return name;
  }

  /** Whether the type was written before; from now on it is. */
  #isDefined(index: number): boolean {
    const group = this.#classes[index]!;
    const defined = this.#defined.has(group);
    this.#defined.add(group);
    return defined;
  }
}

function leafName(node: SchemaNode): string | undefined {
  if (node.kind !== 'leaf') return undefined;
  return node.type.kind === 'enum' || node.type.kind === 'fixed' ? node.type.name : undefined;
}

function namesOf(node: SchemaNode): readonly string[] {
  const name = node.kind === 'record' ? node.name : leafName(node);
  return name === undefined ? [] : [name];
}

/** `namespace` is written where it differs from the enclosing one; the empty text takes a type out of it. */
function definition(type: string, name: string, enclosing: string): Json {
  const namespace = namespaceOf(name);
  return { type, name: simpleNameOf(name), ...(namespace === enclosing ? {} : { namespace }) };
}

function reference(name: string, enclosing: string): string {
  return namespaceOf(name) === enclosing ? simpleNameOf(name) : name;
}

function logicalAttributes(type: LeafType): Json {
  if (!('logical' in type)) return {};
  const { logical } = type;
  return logical.name === 'decimal'
    ? { logicalType: logical.name, precision: logical.precision, scale: logical.scale }
    : { logicalType: logical.name };
}
