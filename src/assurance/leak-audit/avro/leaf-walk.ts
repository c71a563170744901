/**
 * Walks a value by its own schema, with the plan's program beside it: each leaf is met with the step that should have written it. Where both
 * part ways the leaf has no step, which is a finding.
 */
import { renderPath, type Path } from '../../../anonymization/schema/path.ts';
import type { Plan, ProgramNode } from '../../../anonymization/plan/plan.ts';
import type { Leaf, LeafValue, VisitLeaf } from '../leaf.ts';
import { Cursor, Unreadable, type CursorLimits } from './cursor.ts';
import type { AvroType } from './schema.ts';

type Read = (cursor: Cursor, visit: VisitLeaf) => void;

/** Visits every leaf of one value. @throws Unreadable where the bytes are no value of the schema */
export type LeafWalk = (bytes: Buffer, limits: CursorLimits, visit: VisitLeaf) => void;

/** @param plan the plan that made the schema; `null` where none did, then no leaf has a step */
export function leafWalk(type: AvroType, plan: Plan | null): LeafWalk {
  const read = new Walker(plan).read(type, plan === null ? null : plan.program.root, []);
  return (bytes, limits, visit) => {
    const cursor = new Cursor(bytes, limits);
    read(cursor, visit);
    if (!cursor.atEnd) throw new Unreadable('bytes follow the value');
  };
}

class Walker {
  readonly #plan: Plan | null;
  /** Records by type and program node: a record may contain itself. */
  readonly #records = new Map<AvroType, Map<number | null, Read>>();

  constructor(plan: Plan | null) {
    this.#plan = plan;
  }

  read(type: AvroType, index: number | null, path: Path): Read {
    const node = index === null ? null : (this.#plan?.program.nodes[index] ?? null);
    switch (type.kind) {
      case 'null':
        return () => undefined;
      case 'record':
        return this.#record(type, index, node, path);
      case 'union':
        return this.#union(type, node, path);
      case 'array': {
        const below = node?.op === 'array' ? node.items : null;
        const item = this.read(type.items, below, [...path, { kind: 'items' }]);
        return (cursor, visit) => cursor.inside(() => cursor.items(() => item(cursor, visit)));
      }
      case 'map': {
        const key = this.#leaf(node?.op === 'map' ? node.keyStep : null, [
          ...path,
          { kind: 'keys' },
        ]);
        const below = node?.op === 'map' ? node.values : null;
        const value = this.read(type.values, below, [...path, { kind: 'values' }]);
        return (cursor, visit) =>
          cursor.inside(() =>
            cursor.items(() => {
              visit(key, cursor.text());
              value(cursor, visit);
            }),
          );
      }
      case 'boolean':
      case 'int':
      case 'long':
      case 'float':
      case 'double':
      case 'bytes':
      case 'string':
      case 'fixed':
      case 'enum': {
        const leaf = this.#leaf(node?.op === 'leaf' ? node.step : null, path);
        return (cursor, visit) => visit(leaf, leafValue(type, cursor));
      }
    }
  }

  #leaf(step: number | null, path: Path): Leaf {
    const known = step === null ? null : (this.#plan?.steps[step] ?? null);
    return { path: known?.path ?? renderPath(path), step: known };
  }

  #record(
    type: Extract<AvroType, { kind: 'record' }>,
    index: number | null,
    node: ProgramNode | null,
    path: Path,
  ): Read {
    const known = this.#records.get(type) ?? new Map<number | null, Read>();
    this.#records.set(type, known);
    const before = known.get(index);
    if (before !== undefined) return before;
    let fields: readonly Read[] = [];
    const read: Read = (cursor, visit) =>
      cursor.inside(() => {
        for (const field of fields) field(cursor, visit);
      });
    known.set(index, read);
    const children = node?.op === 'record' ? node.fields.filter(({ removed }) => !removed) : [];
    fields = type.fields.map(({ name, type: inner }, at) =>
      this.read(inner, children[at]?.node ?? null, [...path, { kind: 'field', name }]),
    );
    return read;
  }

  #union(type: Extract<AvroType, { kind: 'union' }>, node: ProgramNode | null, path: Path): Read {
    const present = type.branches.filter(({ kind }) => kind !== 'null').length;
    const branches = type.branches.map((branch, at) => {
      const name = 'name' in branch ? branch.name : branch.kind;
      const below = node?.op === 'union' ? (node.branches[at] ?? null) : null;
      const segment = { kind: 'branch', name, fullName: name } as const;
      return this.read(branch, below, present > 1 ? [...path, segment] : path);
    });
    return (cursor, visit) => {
      const branch = branches[cursor.count()];
      if (branch === undefined) throw new Unreadable('a union has no such branch');
      branch(cursor, visit);
    };
  }
}

type LeafAvroType = Extract<
  AvroType,
  { kind: 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' | 'fixed' | 'enum' }
>;

function leafValue(type: LeafAvroType, cursor: Cursor): LeafValue {
  switch (type.kind) {
    case 'boolean':
      return cursor.boolean();
    case 'int':
      return cursor.int();
    case 'long':
      return cursor.long();
    case 'float':
      return cursor.float();
    case 'double':
      return cursor.double();
    case 'bytes':
      return cursor.bytes();
    case 'string':
      return cursor.text();
    case 'fixed':
      return cursor.fixed(type.size);
    case 'enum': {
      const symbol = type.symbols[cursor.count()];
      if (symbol === undefined) throw new Unreadable('an enum has no such symbol');
      return symbol;
    }
  }
}
