/**
 * The walk over a schema that decides every leaf. It runs the product of three automata: the schema graph, the marks in force and
 * the state sets of the field rules. A record that is entered again on its own path with the same context is the same program node, so a
 * recursive schema gives a finite program; any other use of a named type is expanded per path.
 */
import {
  enterPlace,
  inheritedKey,
  nothingInherited,
  type Inherited,
} from '../annotations/inherit.ts';
import { noMark, type Dialect, type Mark } from '../annotations/mark.ts';
import { renderPath, type Path, type Segment } from '../schema/path.ts';
import { stateKey, type PatternStates } from '../schema/glob.ts';
import { simpleNameOf } from '../schema/avro-names.ts';
import type {
  ArrayNode,
  Attributes,
  LeafType,
  MapNode,
  RecordNode,
  SchemaNode,
  UnionNode,
} from '../schema/tree.ts';
import type { Rules } from '../rules/rules.ts';
import { FieldRules } from './field-rules.ts';
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

interface Context {
  readonly path: Path;
  readonly above: Inherited;
  readonly fromMap: Mark;
  readonly route: PatternStates;
  readonly global: PatternStates;
  /** What the surroundings say about this very place: the field, the union. */
  readonly attributes: readonly Attributes[];
  readonly names: readonly string[];
  /** Whether a union with null is right around. */
  readonly nullable: boolean;
  /** Whether an array, a map or a recursion is around. */
  readonly repeats: boolean;
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
  readonly #dialects: readonly Dialect[];
  readonly #problems: PlanProblems;
  readonly #limits: PlanLimits;
  readonly #routeFields: FieldRules;
  readonly #globalFields: FieldRules;
  readonly #nodes: ProgramNode[] = [];
  readonly #sources: SchemaNode[] = [];
  readonly #steps: StepTable;
  readonly #removed = new Set<number>();
  readonly #repeating = new Set<number>();
  /** Records on the current path by name and context. */
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
    this.#dialects = options.dialects;
    this.#problems = options.problems;
    this.#limits = options.limits;
    this.#steps = new StepTable(options);
    this.#routeFields = new FieldRules(options.rules.route, options.problems.report);
    this.#globalFields = new FieldRules(options.rules.global, options.problems.report);
  }

  /** @throws PlanRefused `PLAN_TOO_LARGE`; every other reason is collected. */
  run(root: SchemaNode): Walked {
    const visited = this.#visit(root, {
      path: [],
      above: nothingInherited,
      fromMap: noMark,
      route: this.#routeFields.start(),
      global: this.#globalFields.start(),
      attributes: [],
      names: [],
      nullable: false,
      repeats: false,
    });
    this.#steps.refuseRemoval(visited.loose);
    this.#routeFields.reportUnmatched(this.#problems.report);
    this.#globalFields.reportUnmatched(this.#problems.report);
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

  #visit(node: SchemaNode, at: Context): Visited {
    if (at.path.length > this.#limits.depth || this.#nodes.length >= this.#limits.nodes)
      throw this.#tooLarge(at.path);
    switch (node.kind) {
      case 'union':
        return this.#union(node, at);
      case 'record':
        return this.#record(node, this.#enter(node, at));
      case 'array':
        return this.#array(node, this.#enter(node, at));
      case 'map':
        return this.#map(node, at);
      case 'leaf':
        if (node.type.kind === 'null')
          return { node: this.#add({ op: 'null' }, node), removable: false, loose: [] };
        return this.#leaf(node, node.type, this.#enter(node, at));
    }
  }

  /** The context below a place, with the marks that hold there. */
  #enter(node: SchemaNode, at: Context): Context {
    return { ...at, above: this.#marks(node, at).effective };
  }

  #marks(node: SchemaNode, at: Context): ReturnType<typeof enterPlace> {
    const place = {
      path: (at.path.length === 0 ? nameOf(node)[0] : undefined) ?? renderPath(at.path),
      attributes: [...at.attributes, ...(node.wrappers ?? []), node.attributes],
      names: [...at.names, ...nameOf(node)],
      isMap: node.kind === 'map',
    };
    return enterPlace(at.above, place, at.fromMap, this.#dialects, this.#problems.report);
  }

  #below(at: Context, segment: Segment, change: Partial<Context> = {}): Context {
    return {
      path: [...at.path, segment],
      above: at.above,
      fromMap: noMark,
      route: this.#routeFields.advance(at.route, segment),
      global: this.#globalFields.advance(at.global, segment),
      attributes: [],
      names: [],
      nullable: false,
      repeats: at.repeats,
      ...change,
    };
  }

  #record(node: RecordNode, at: Context): Visited {
    const key = [node.name, inheritedKey(at.above), stateKey(at.route), stateKey(at.global)].join(
      ' ',
    );
    const open = this.#open.get(key);
    if (open !== undefined) {
      this.#reentered.add(open);
      return { node: open, removable: false, loose: [] };
    }
    this.#noteContainer(at);
    const index = this.#add({ op: 'null' }, node);
    const firstStep = this.#steps.count;
    this.#open.set(key, index);
    const fields: { node: number; removed: boolean }[] = [];
    const loose: number[] = [];
    for (const field of node.fields) {
      const visited = this.#visit(
        field.type,
        this.#below(
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

  #array(node: ArrayNode, at: Context): Visited {
    this.#noteContainer(at);
    const index = this.#add({ op: 'null' }, node);
    const items = this.#visit(node.items, this.#below(at, { kind: 'items' }, { repeats: true }));
    this.#nodes[index] = { op: 'array', items: items.node };
    return { ...items, node: index };
  }

  #map(node: MapNode, outside: Context): Visited {
    const { effective, keys, values } = this.#marks(node, outside);
    const at = { ...outside, above: effective };
    this.#noteContainer(at);
    const index = this.#add({ op: 'null' }, node);
    const keyNode: SchemaNode = { kind: 'leaf', attributes: {}, type: { kind: 'string' } };
    const keyPlace = this.#below(at, { kind: 'keys' }, { repeats: true, fromMap: keys });
    const keyStep = this.#steps.count;
    const key = this.#step({ kind: 'string' }, this.#enter(keyNode, keyPlace));
    this.#refuseOtherKeys(keyStep, keyPlace.path);
    const below = this.#below(at, { kind: 'values' }, { repeats: true, fromMap: values });
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

  #union(node: UnionNode, at: Context): Visited {
    const isNull = ({ type }: { readonly type: SchemaNode }): boolean =>
      type.kind === 'leaf' && type.type.kind === 'null';
    const nullBranch = node.branches.findIndex(isNull);
    const present = node.branches.filter((branch) => !isNull(branch));
    const index = this.#add({ op: 'null' }, node);
    const single = present.length === 1;
    // With one branch beside null the union is no place of its own: field, union and branch share a path.
    const around = single
      ? { ...at, attributes: [...at.attributes, ...(node.wrappers ?? []), node.attributes] }
      : this.#enter(node, at);
    if (!single) this.#noteContainer(around);
    const visited = node.branches.map((branch) => {
      if (isNull(branch)) return this.#visit(branch.type, around);
      const nullable = nullBranch >= 0;
      if (single) return this.#visit(branch.type, { ...around, nullable });
      const name = branchLabel(branch.name, present);
      const segment: Segment = { kind: 'branch', name, fullName: branch.name };
      return this.#visit(branch.type, this.#below(around, segment, { nullable }));
    });
    this.#nodes[index] = { op: 'union', branches: visited.map((one) => one.node), nullBranch };
    const branches = visited.filter((_, branch) => branch !== nullBranch);
    return {
      node: index,
      removable: branches.length > 0 && branches.every(({ removable }) => removable),
      loose: branches.flatMap(({ loose }) => loose),
    };
  }

  #leaf(node: SchemaNode, type: LeafType, at: Context): Visited {
    const step = this.#steps.count;
    const { removes } = this.#step(type, at);
    const index = this.#add({ op: 'leaf', step }, node);
    return { node: index, removable: removes, loose: removes ? [step] : [] };
  }

  /** Adds the step of a leaf, or of the keys of a map. */
  #step(input: LeafType, at: Context): { readonly removes: boolean } {
    if (at.repeats) this.#repeating.add(this.#steps.count);
    return this.#steps.add({
      path: renderPath(at.path),
      input,
      nullable: at.nullable,
      marks: at.above,
      routeFields: this.#routeFields.decide(at.route),
      globalFields: this.#globalFields.decide(at.global),
    });
  }

  #noteContainer(at: Context): void {
    this.#routeFields.noteContainer(at.route);
    this.#globalFields.noteContainer(at.global);
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

/** The name of a named type, as external annotations know it. */
function nameOf(node: SchemaNode): readonly string[] {
  if (node.kind === 'record') return [node.name];
  if (node.kind !== 'leaf') return [];
  return node.type.kind === 'enum' || node.type.kind === 'fixed' ? [node.type.name] : [];
}

/** The simple name of a branch, or the full one where two branches share the simple name. */
function branchLabel(name: string, branches: readonly { readonly name: string }[]): string {
  const simple = simpleNameOf(name);
  return branches.filter((one) => simpleNameOf(one.name) === simple).length === 1 ? simple : name;
}
