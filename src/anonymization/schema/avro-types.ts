import type {
  ArrayNode,
  Attributes,
  FieldNode,
  LeafNode,
  MapNode,
  RecordNode,
  SchemaNode,
  UnionNode,
} from './tree.ts';
import {
  isFullName,
  isPrimitive,
  isSimpleName,
  namespaceOf,
  qualify,
  simpleNameOf,
} from './avro-names.ts';
import { branchName, readEnum, readFixed, readPrimitive } from './avro-leaf.ts';
import { tooDeep, type SchemaLimits } from './json-text.ts';
import { SchemaError, type SchemaErrorCode, type SchemaProblem } from './schema-error.ts';

interface Reference {
  readonly name: string;
  readonly document: unknown;
  readonly declares: ReadonlySet<string>;
}

/** Where the parser stands: the path for messages, the enclosing namespace, how many types are around. */
interface Position {
  readonly path: string;
  readonly namespace: string;
  readonly depth: number;
}

/** Enough to mend a schema by; a hostile one gets no longer list. */
const maxProblems = 200;

/** Stands in where a type could not be read, so that the rest is still judged; never leaves the parser. */
const unreadable: LeafNode = { kind: 'leaf', attributes: {}, type: { kind: 'null' } };

/** The names of one schema and its references, and how JSON becomes nodes that use them. */
export class AvroTypes {
  readonly #names = new Map<string, SchemaNode>();
  readonly #problems: SchemaProblem[] = [];
  readonly #references: readonly Reference[];
  readonly #limits: SchemaLimits;
  readonly #parsed = new Set<Reference>();
  readonly #open = new Set<Reference>();

  constructor(references: readonly Reference[], limits: SchemaLimits) {
    this.#references = references;
    this.#limits = limits;
  }

  get names(): ReadonlyMap<string, SchemaNode> {
    return this.#names;
  }

  /** @throws SchemaError with every problem of the references and the document. */
  parseRoot(document: unknown): SchemaNode {
    for (const reference of this.#references) this.#parseReference(reference);
    const root = this.#type(document, { path: '', namespace: '', depth: 0 });
    const [first, ...rest] = this.#problems;
    if (first !== undefined) throw new SchemaError([first, ...rest]);
    return root;
  }

  #parseReference(reference: Reference): void {
    if (this.#parsed.has(reference)) return;
    if (this.#open.has(reference)) {
      this.#report(
        'SCHEMA_REFERENCE_CYCLE',
        reference.name,
        `break the cycle: reference "${reference.name}" needs itself`,
      );
      return;
    }
    this.#open.add(reference);
    this.#type(reference.document, { path: reference.name, namespace: '', depth: 0 });
    this.#open.delete(reference);
    this.#parsed.add(reference);
  }

  #type(json: unknown, at: Position): SchemaNode {
    if (at.depth > this.#limits.depth) throw tooDeep(at.path, this.#limits);
    if (typeof json === 'string') return this.#named(json, at);
    if (Array.isArray(json)) return this.#union(json, at);
    if (typeof json !== 'object' || json === null)
      return this.#fail(
        'SCHEMA_SHAPE_INVALID',
        at.path,
        'write a type as a name, an object or a union',
      );
    const attributes = json as Attributes;
    const type = attributes['type'];
    // Not in the specification, but read by several libraries: an object that wraps another type.
    if (typeof type === 'object' && type !== null)
      return wrap(this.#type(type, { ...at, depth: at.depth + 1 }), attributes);
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(attributes, at);
      case 'enum':
      case 'fixed':
        return this.#leaf(type, attributes, at);
      case 'array':
        return this.#array(attributes, at);
      case 'map':
        return this.#map(attributes, at);
    }
    if (typeof type !== 'string')
      return this.#fail('SCHEMA_SHAPE_INVALID', at.path, 'give the type object a `type`');
    if (isPrimitive(type))
      return { kind: 'leaf', attributes, type: readPrimitive(type, attributes) };
    return wrap(this.#named(type, at), attributes);
  }

  #named(name: string, at: Position): SchemaNode {
    if (isPrimitive(name)) return { kind: 'leaf', attributes: {}, type: { kind: name } };
    const full = qualify(name, at.namespace);
    // Outside the specification, but as the Java library does: a name unknown in the namespace may have none.
    const found = this.#lookUp(full) ?? (name === full ? undefined : this.#lookUp(name));
    if (found !== undefined) return found;
    return this.#fail(
      'SCHEMA_TYPE_UNKNOWN',
      at.path,
      `define the type "${shorten(full)}" before it is used, or add the schema that does to the references`,
    );
  }

  #lookUp(full: string): SchemaNode | undefined {
    const found = this.#names.get(full);
    if (found !== undefined) return found;
    const reference = this.#references.find(
      (one) => one.declares.has(full) && !this.#parsed.has(one),
    );
    if (reference === undefined) return undefined;
    this.#parseReference(reference);
    return this.#names.get(full);
  }

  #union(json: readonly unknown[], at: Position): UnionNode {
    const branches: { name: string; type: SchemaNode }[] = [];
    const seen = new Set<string>();
    if (json.length === 0)
      this.#report('SCHEMA_UNION_INVALID', at.path, 'give the union at least one branch');
    for (const [index, branch] of json.entries()) {
      const path = `${at.path}<${index}>`;
      const type = this.#type(branch, { ...at, path, depth: at.depth + 1 });
      if (type === unreadable) continue;
      const name = branchName(type);
      // Avro 1.12, Unions: no two of the same unnamed type or of the same name, no union immediately inside.
      if (type.kind === 'union')
        this.#report('SCHEMA_UNION_INVALID', path, 'flatten the union: it holds another union');
      else if (seen.has(name))
        this.#report('SCHEMA_UNION_INVALID', path, `remove the second "${name}" from the union`);
      seen.add(name);
      branches.push({ name, type });
    }
    return { kind: 'union', attributes: {}, branches };
  }

  #array(attributes: Attributes, at: Position): ArrayNode {
    const below = { ...at, path: `${at.path}[]`, depth: at.depth + 1 };
    return { kind: 'array', attributes, items: this.#type(attributes['items'], below) };
  }

  #map(attributes: Attributes, at: Position): MapNode {
    const below = { ...at, path: `${at.path}{}`, depth: at.depth + 1 };
    return { kind: 'map', attributes, values: this.#type(attributes['values'], below) };
  }

  #record(attributes: Attributes, at: Position): SchemaNode {
    const name = this.#define(attributes, at);
    const fields: FieldNode[] = [];
    const node: RecordNode = { kind: 'record', name, attributes, fields };
    this.#remember(name, node, at);
    const declared = attributes['fields'];
    if (!Array.isArray(declared))
      return this.#fail(
        'SCHEMA_SHAPE_INVALID',
        at.path,
        `give the record "${name}" an array of fields`,
      );
    const seen = new Set<string>();
    for (const [index, field] of (declared as readonly unknown[]).entries()) {
      const parsed = this.#field(field, index, { ...at, namespace: namespaceOf(name) });
      if (parsed === undefined) continue;
      if (seen.has(parsed.name))
        this.#report(
          'SCHEMA_NAME_DUPLICATE',
          `${at.path}.${parsed.name}`,
          `rename one of the fields "${parsed.name}" of "${name}"`,
        );
      seen.add(parsed.name);
      fields.push(parsed);
    }
    return node;
  }

  #field(json: unknown, index: number, at: Position): FieldNode | undefined {
    const attributes = (typeof json === 'object' && json !== null ? json : {}) as Attributes;
    const name = attributes['name'];
    if (typeof name !== 'string' || !isSimpleName(name)) {
      this.#report(
        'SCHEMA_NAME_INVALID',
        `${at.path}.fields[${index}]`,
        'name the field by letters, digits and underscores, not starting with a digit',
      );
      return undefined;
    }
    const path = at.path === '' ? name : `${at.path}.${name}`;
    if (!Object.hasOwn(attributes, 'type')) {
      this.#report('SCHEMA_SHAPE_INVALID', path, `give the field "${name}" a type`);
      return undefined;
    }
    const type = this.#type(attributes['type'], { ...at, path, depth: at.depth + 1 });
    return { name, attributes, type, default: attributes['default'] };
  }

  #leaf(kind: 'enum' | 'fixed', attributes: Attributes, at: Position): SchemaNode {
    const name = this.#define(attributes, at);
    const report = (code: SchemaErrorCode, message: string): void =>
      this.#report(code, at.path, message);
    const type =
      kind === 'enum' ? readEnum(name, attributes, report) : readFixed(name, attributes, report);
    const node: LeafNode = { kind: 'leaf', attributes, type };
    this.#remember(name, node, at);
    return node;
  }

  /** The full name that a definition gives itself. */
  #define(attributes: Attributes, at: Position): string {
    const { name, namespace } = attributes as {
      readonly name?: unknown;
      readonly namespace?: unknown;
    };
    if (typeof name !== 'string' || !isFullName(name) || isPrimitive(simpleNameOf(name))) {
      this.#report(
        'SCHEMA_NAME_INVALID',
        at.path,
        'name the type by letters, digits and underscores, and not like a primitive type',
      );
      return '';
    }
    // A name with a dot is a full name; a namespace beside it is then ignored.
    if (name.includes('.') || namespace === undefined || namespace === null)
      return qualify(name, at.namespace);
    if (typeof namespace !== 'string' || (namespace !== '' && !isFullName(namespace))) {
      this.#report(
        'SCHEMA_NAME_INVALID',
        at.path,
        `write the namespace of "${name}" as names joined by dots`,
      );
      return name;
    }
    return qualify(name, namespace);
  }

  #remember(name: string, node: SchemaNode, at: Position): void {
    if (name === '') return;
    if (this.#names.has(name))
      this.#report(
        'SCHEMA_NAME_DUPLICATE',
        at.path,
        `define the type "${name}" once, and refer to it by name`,
      );
    else this.#names.set(name, node);
  }

  #report(code: SchemaErrorCode, path: string, message: string): void {
    if (this.#problems.length < maxProblems) this.#problems.push({ code, path, message });
  }

  #fail(code: SchemaErrorCode, path: string, message: string): SchemaNode {
    this.#report(code, path, message);
    return unreadable;
  }
}

/** The same type at this use, with what the wrapper says. Fields stay shared, since the record may not be complete yet. */
function wrap(node: SchemaNode, wrapper: Attributes): SchemaNode {
  if (node === unreadable) return node;
  return { ...node, wrappers: [wrapper, ...(node.wrappers ?? [])] };
}

/** Text of a hostile schema in a message: kept short. */
function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
