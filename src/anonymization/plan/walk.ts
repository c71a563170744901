/**
 * The walk over a schema that decides every leaf. It runs the product of three automata: the schema graph, the marks in force and
 * the state sets of the field rules. A record that is entered again on its own path with the same context is the same program node, so a
 * recursive schema gives a finite program; any other use of a named type is expanded per path.
 */
import type { Dialect } from '../annotations/mark.ts';
import { renderPath, type Path, type Segment } from '../schema/path.ts';
import { simpleNameOf } from '../schema/avro-names.ts';
import type {
  ArrayNode,
  LeafType,
  MapNode,
  RecordNode,
  SchemaNode,
  UnionNode,
} from '../schema/tree.ts';
import type { Rules } from '../rules/rules.ts';
import { Places, type Place } from './places.ts';
import type { PlanStep, ProgramNode } from './plan.ts';
import { PlanRefused, type PlanProblems } from './plan-refused.ts';
import { StepTable } from './step-table.ts';

export interface PlanLimits {
  readonly nodes: number;
  readonly depth: number;
}

export const defaultPlanLimits: PlanLimits = { nodes: 20_000, depth: 200 };

/** What the walk leaves behind, before companions and the output schema. */
export interface Walked {
  readonly root: number;
  readonly nodes: readonly ProgramNode[];
  /** The schema node that each program node was made from. */
  readonly sources: readonly SchemaNode[];
  readonly steps: readonly PlanStep[];
  /** Steps whose domain the operator wrote, so that it may be shown. */
  readonly sharedDomains: ReadonlySet<number>;
  /** Steps that are taken out of schema and bytes. */
  readonly removed: ReadonlySet<number>;
  /** Steps that may occur more than once in a record. */
  readonly repeating: ReadonlySet<number>;
}

interface Visited {
  readonly node: number;
  /** Every leaf below is to be taken out, so a field around it may go. */
  readonly removable: boolean;
  /** Steps below that want to be taken out, and no field has gone for them yet. */
  readonly loose: readonly number[];
}

/** Walks a schema once. */
export class Walk {
  readonly #problems: PlanProblems;
  readonly #limits: PlanLimits;
  readonly #places: Places;
  readonly #nodes: ProgramNode[] = [];
  readonly #sources: SchemaNode[] = [];
  readonly #steps: StepTable;
  readonly #removed = new Set<number>();
  readonly #repeating = new Set<number>();
  /** Records on the current path by name and what holds there. */
  readonly #open = new Map<string, number>();
  readonly #reentered = new Set<number>();

  /** `scope` makes default domains unique to the schema: the full name of its root. */
  constructor(options: {
    readonly rules: Rules;
    readonly dialects: readonly Dialect[];
    readonly problems: PlanProblems;
    readonly limits: PlanLimits;
    readonly scope: string;
  }) {
    this.#problems = options.problems;
    this.#limits = options.limits;
    this.#steps = new StepTable(options);
    this.#places = new Places(options);
  }

  /** @throws PlanRefused `PLAN_TOO_LARGE`; every other reason is collected. */
  run(root: SchemaNode): Walked {
    const visited = this.#visit(root, this.#places.root());
    this.#steps.refuseRemoval(visited.loose);
    this.#places.reportUnmatched();
    return {
      root: visited.node,
      nodes: this.#nodes,
      sources: this.#sources,
      steps: this.#steps.steps,
      sharedDomains: this.#steps.sharedDomains,
      removed: this.#removed,
      repeating: this.#repeating,
    };
  }

  #visit(node: SchemaNode, at: Place): Visited {
    if (at.path.length > this.#limits.depth || this.#nodes.length >= this.#limits.nodes)
      throw this.#tooLarge(at.path);
    switch (node.kind) {
      case 'union':
        return this.#union(node, at);
      case 'record':
        return this.#record(node, this.#places.enter(node, at));
      case 'array':
        return this.#array(node, this.#places.enter(node, at));
      case 'map':
        return this.#map(node, at);
      case 'leaf':
        if (node.type.kind === 'null')
          return { node: this.#add({ op: 'null' }, node), removable: false, loose: [] };
        return this.#leaf(node, node.type, this.#places.enter(node, at));
    }
  }

  #record(node: RecordNode, at: Place): Visited {
    const key = `${node.name} ${this.#places.key(at)}`;
    const open = this.#open.get(key);
    if (open !== undefined) {
      this.#reentered.add(open);
      return { node: open, removable: false, loose: [] };
    }
    this.#places.noteContainer(at);
    const index = this.#add({ op: 'null' }, node);
    const firstStep = this.#steps.count;
    this.#open.set(key, index);
    const fields: { node: number; removed: boolean }[] = [];
    const loose: number[] = [];
    for (const field of node.fields) {
      const visited = this.#visit(
        field.type,
        this.#places.below(
          at,
          { kind: 'field', name: field.name },
          {
            attributes: [field.attributes],
            names: [`${node.name}.${field.name}`],
          },
        ),
      );
      const removed = visited.removable;
      if (removed) for (const step of visited.loose) this.#removed.add(step);
      else loose.push(...visited.loose);
      fields.push({ node: visited.node, removed });
    }
    this.#open.delete(key);
    this.#nodes[index] = { op: 'record', fields };
    if (this.#reentered.has(index))
      for (let step = firstStep; step < this.#steps.count; step++) this.#repeating.add(step);
    return { node: index, removable: false, loose };
  }

  #array(node: ArrayNode, at: Place): Visited {
    this.#places.noteContainer(at);
    const index = this.#add({ op: 'null' }, node);
    const items = this.#visit(
      node.items,
      this.#places.below(at, { kind: 'items' }, { repeats: true }),
    );
    this.#nodes[index] = { op: 'array', items: items.node };
    return { ...items, node: index };
  }

  #map(node: MapNode, outside: Place): Visited {
    const { effective, keys, values } = this.#places.marks(node, outside);
    const at = { ...outside, above: effective };
    this.#places.noteContainer(at);
    const index = this.#add({ op: 'null' }, node);
    const keyNode: SchemaNode = { kind: 'leaf', attributes: {}, type: { kind: 'string' } };
    const keyPlace = this.#places.below(at, { kind: 'keys' }, { repeats: true, fromMap: keys });
    const keyStep = this.#steps.count;
    const key = this.#step({ kind: 'string' }, this.#places.enter(keyNode, keyPlace));
    this.#refuseOtherKeys(keyStep, keyPlace.path);
    const below = this.#places.below(at, { kind: 'values' }, { repeats: true, fromMap: values });
    const child = this.#visit(node.values, below);
    const removeEntries = this.#steps.at(keyStep)?.technique.technique === 'suppress';
    this.#nodes[index] = { op: 'map', keyStep, removeEntries, values: child.node };
    const removable = key.removes && child.removable;
    return { node: index, removable, loose: removable ? [keyStep, ...child.loose] : child.loose };
  }

  /** Keys of an Avro map are strings, and stay so. */
  #refuseOtherKeys(step: number, path: Path): void {
    const output = this.#steps.at(step)?.output.kind;
    if (output !== undefined && output !== 'string')
      this.#problems.report({
        code: 'TECHNIQUE_NOT_APPLICABLE',
        path: renderPath(path),
        message: `use a technique that writes text: map keys can't become ${output}`,
      });
  }

  #union(node: UnionNode, at: Place): Visited {
    const isNull = ({ type }: { readonly type: SchemaNode }): boolean =>
      type.kind === 'leaf' && type.type.kind === 'null';
    const nullBranch = node.branches.findIndex(isNull);
    const present = node.branches.filter((branch) => !isNull(branch));
    const index = this.#add({ op: 'null' }, node);
    const single = present.length === 1;
    // With one branch beside null the union is no place of its own: field, union and branch share a path.
    const around = single
      ? { ...at, attributes: [...at.attributes, ...(node.wrappers ?? []), node.attributes] }
      : this.#places.enter(node, at);
    if (!single) this.#places.noteContainer(around);
    const visited = node.branches.map((branch) => {
      if (isNull(branch)) return this.#visit(branch.type, around);
      const nullable = nullBranch >= 0;
      if (single) return this.#visit(branch.type, { ...around, nullable });
      const name = branchLabel(branch.name, present);
      const segment: Segment = { kind: 'branch', name, fullName: branch.name };
      return this.#visit(branch.type, this.#places.below(around, segment, { nullable }));
    });
    this.#nodes[index] = { op: 'union', branches: visited.map((one) => one.node), nullBranch };
    const branches = visited.filter((_, branch) => branch !== nullBranch);
    return {
      node: index,
      removable: branches.length > 0 && branches.every(({ removable }) => removable),
      loose: branches.flatMap(({ loose }) => loose),
    };
  }

  #leaf(node: SchemaNode, type: LeafType, at: Place): Visited {
    const step = this.#steps.count;
    const { removes } = this.#step(type, at);
    const index = this.#add({ op: 'leaf', step }, node);
    return { node: index, removable: removes, loose: removes ? [step] : [] };
  }

  /** Adds the step of a leaf, or of the keys of a map. */
  #step(input: LeafType, at: Place): { readonly removes: boolean } {
    if (at.repeats) this.#repeating.add(this.#steps.count);
    return this.#steps.add({
      path: renderPath(at.path),
      input,
      nullable: at.nullable,
      marks: at.above,
      ...this.#places.fieldRules(at),
    });
  }

  #add(node: ProgramNode, source: SchemaNode): number {
    this.#sources.push(source);
    return this.#nodes.push(node) - 1;
  }

  #tooLarge(path: Path): PlanRefused {
    return new PlanRefused([
      {
        code: 'PLAN_TOO_LARGE',
        path: renderPath(path.slice(0, 8)),
        message: `split the schema: expanded per path it has more than ${this.#limits.nodes} parts, or is deeper than ${this.#limits.depth}`,
      },
    ]);
  }
}

/** The simple name of a branch, or the full one where two branches share the simple name. */
function branchLabel(name: string, branches: readonly { readonly name: string }[]): string {
  const simple = simpleNameOf(name);
  return branches.filter((one) => simpleNameOf(one.name) === simple).length === 1 ? simple : name;
}
