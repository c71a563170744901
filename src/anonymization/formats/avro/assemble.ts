import type { Plan, PlanStep, ProgramNode } from '../../plan/plan.ts';
import { modeEdit, modeInUnion, op } from './instructions.ts';

/** A plan's program as instructions, and what the steps need. */
export interface Assembly {
  readonly code: Int32Array;
  /** Where rewriting a record begins. */
  readonly rewrite: number;
  /** Where finding the end of a record begins. */
  readonly measure: number;
  /** Steps whose replacements are written. */
  readonly edited: ReadonlySet<number>;
  /** Per step: index of the null branch of the union right around it, or -1. */
  readonly nullBranches: Int32Array;
}

/**
 * How a part of the schema is walked: `rewrite` gathers and edits; `discard` gathers only what other steps need, as the part is
 * left out; `measure` gathers nothing and looks at structure alone, to find where a record ends.
 */
type Manner = 'rewrite' | 'discard' | 'measure';

/** Where in the schema the assembler is. `depth` counts containers since the start of the record or routine. */
interface Place {
  readonly manner: Manner;
  readonly depth: number;
  readonly inRoutine: boolean;
  readonly nullBranch: number;
}

interface Routine {
  readonly node: Extract<ProgramNode, { op: 'record' }>;
  readonly manner: Manner;
  address: number;
  readonly callers: number[];
}

/** Lays a plan's program out as instructions. A record type that is used more than once becomes a routine, so recursion is finite. */
export function assemble(plan: Plan, depthLimit: number): Assembly {
  return new Assembler(plan, depthLimit).assemble();
}

class Assembler {
  readonly #plan: Plan;
  readonly #depthLimit: number;
  readonly #code: number[] = [];
  readonly #routines = new Map<string, Routine>();
  readonly #pending: Routine[] = [];
  readonly #references: Int32Array;
  readonly #companions: ReadonlySet<number>;
  readonly #edited = new Set<number>();
  readonly #nullBranches: Int32Array;

  constructor(plan: Plan, depthLimit: number) {
    this.#plan = plan;
    this.#depthLimit = depthLimit;
    this.#references = countReferences(plan);
    this.#companions = new Set(plan.steps.map((step) => step.companion));
    this.#nullBranches = new Int32Array(plan.steps.length).fill(-1);
  }

  assemble(): Assembly {
    const rewrite = this.#walk('rewrite');
    const measure = this.#walk('measure');
    return {
      code: Int32Array.from(this.#code),
      rewrite,
      measure,
      edited: this.#edited,
      nullBranches: this.#nullBranches,
    };
  }

  #walk(manner: Manner): number {
    const start = this.#code.length;
    this.#node(this.#plan.program.root, { manner, depth: 0, inRoutine: false, nullBranch: -1 });
    this.#emit(manner === 'measure' ? op.stop : op.end);
    for (let routine = this.#pending.pop(); routine; routine = this.#pending.pop()) {
      routine.address = this.#code.length;
      this.#fields(routine.node, {
        manner: routine.manner,
        depth: 0,
        inRoutine: true,
        nullBranch: -1,
      });
      this.#emit(op.return);
    }
    for (const routine of this.#routines.values()) {
      for (const caller of routine.callers) this.#code[caller] = routine.address;
    }
    return start;
  }

  #node(index: number, place: Place): void {
    const node = this.#plan.program.nodes[index]!;
    switch (node.op) {
      case 'null':
        return;
      case 'leaf':
        this.#leaf(node.step, place);
        return;
      case 'record':
        this.#record(index, node, place);
        return;
      case 'array':
        this.#blocks({ ...place, depth: place.depth + 1, nullBranch: -1 }, (inside) =>
          this.#node(node.items, inside),
        );
        return;
      case 'map':
        this.#map(node, place);
        return;
      case 'union':
        this.#union(node, place);
        return;
    }
  }

  #record(index: number, node: Routine['node'], place: Place): void {
    const depth = place.depth + 1;
    if (this.#references[index]! > 1) {
      const routine = this.#routine(index, node, place.manner);
      this.#emit(op.call, 0, depth);
      routine.callers.push(this.#code.length - 2);
      return;
    }
    // Outside of routines the depth is known now, and almost always allowed.
    if (place.inRoutine || depth > this.#depthLimit) this.#emit(op.enter, depth);
    this.#fields(node, { ...place, depth, nullBranch: -1 });
  }

  #routine(index: number, node: Routine['node'], manner: Manner): Routine {
    const name = `${manner} ${index}`;
    let routine = this.#routines.get(name);
    if (routine === undefined) {
      routine = { node, manner, address: -1, callers: [] };
      this.#routines.set(name, routine);
      this.#pending.push(routine);
    }
    return routine;
  }

  #fields(node: Routine['node'], place: Place): void {
    for (const field of node.fields) {
      if (field.removed && place.manner === 'rewrite') {
        this.#emit(op.removeStart);
        this.#node(field.node, { ...place, manner: 'discard' });
        this.#emit(op.removeEnd);
      } else this.#node(field.node, place);
    }
  }

  #map(node: Extract<ProgramNode, { op: 'map' }>, place: Place): void {
    const empties = node.removeEntries && place.manner === 'rewrite';
    if (empties) this.#emit(op.removeStart);
    this.#blocks(
      {
        ...place,
        manner: empties ? 'discard' : place.manner,
        depth: place.depth + 1,
        nullBranch: -1,
      },
      (inside) => {
        this.#leaf(node.keyStep, inside);
        this.#node(node.values, inside);
      },
    );
    if (empties) this.#emit(op.emptyEnd);
  }

  #blocks(inside: Place, items: (inside: Place) => void): void {
    const rewritten = inside.manner === 'rewrite' ? 1 : 0;
    this.#emit(op.blocks, inside.depth, 0, rewritten);
    const body = this.#code.length;
    items(inside);
    this.#emit(op.next, body, 0, rewritten);
    const after = this.#code.length;
    this.#code[body - 2] = after;
    this.#code[after - 2] = after;
  }

  #union(node: Extract<ProgramNode, { op: 'union' }>, place: Place): void {
    this.#emit(op.union, node.branches.length);
    const table = this.#code.length;
    this.#emit(...node.branches.map(() => 0));
    const jumps: number[] = [];
    node.branches.forEach((branch, index) => {
      this.#code[table + index] = this.#code.length;
      this.#node(branch, { ...place, nullBranch: node.nullBranch });
      if (index < node.branches.length - 1) {
        this.#emit(op.jump, 0);
        jumps.push(this.#code.length - 1);
      }
    });
    for (const jump of jumps) this.#code[jump] = this.#code.length;
  }

  #leaf(index: number, place: Place): void {
    const step = this.#plan.steps[index]!;
    const edits = place.manner === 'rewrite' && step.technique.technique !== 'keep';
    if (edits) {
      this.#edited.add(index);
      this.#nullBranches[index] = place.nullBranch;
    }
    if (edits || (this.#companions.has(index) && place.manner !== 'measure')) {
      const mode = (edits ? modeEdit : 0) | (place.nullBranch >= 0 ? modeInUnion : 0);
      this.#emit(...gathering(step, index, mode));
    } else this.#emit(...skipping(step, index, place.manner === 'measure'));
  }

  #emit(...words: readonly number[]): void {
    for (const word of words) this.#code.push(word);
  }
}

function countReferences(plan: Plan): Int32Array {
  const { nodes, root } = plan.program;
  const references = new Int32Array(nodes.length);
  const refer = (node: number): void => {
    references[node] = references[node]! + 1;
  };
  refer(root);
  for (const node of nodes) {
    switch (node.op) {
      case 'null':
      case 'leaf':
        break;
      case 'record':
        for (const field of node.fields) refer(field.node);
        break;
      case 'array':
        refer(node.items);
        break;
      case 'map':
        refer(node.values);
        break;
      case 'union':
        for (const branch of node.branches) refer(branch);
        break;
    }
  }
  return references;
}

function gathering({ input }: PlanStep, step: number, mode: number): readonly number[] {
  switch (input.kind) {
    case 'null':
      return [];
    case 'boolean':
      return [op.gatherBoolean, step, mode];
    case 'int':
      return [op.gatherInt, step, mode];
    case 'long':
      return [op.gatherLong, step, mode];
    case 'float':
      return [op.gatherFloat, step, mode];
    case 'double':
      return [op.gatherDouble, step, mode];
    case 'string':
      return [op.gatherString, step, mode];
    case 'bytes':
      return [op.gatherBytes, step, mode];
    case 'fixed':
      return [op.gatherFixed, step, mode, input.size];
    case 'enum':
      return [op.gatherEnum, step, mode, input.symbols.length];
  }
}

function skipping({ input }: PlanStep, step: number, structureOnly: boolean): readonly number[] {
  switch (input.kind) {
    case 'null':
      return [];
    case 'boolean':
      return [op.skipBoolean, step];
    case 'int':
      return [op.skipInt, step];
    case 'long':
      return [op.skipLong, step];
    case 'float':
      return [op.skipFixed, step, 4];
    case 'double':
      return [op.skipFixed, step, 8];
    case 'string':
      return [structureOnly ? op.skipBytes : op.skipString, step];
    case 'bytes':
      return [op.skipBytes, step];
    case 'fixed':
      return [op.skipFixed, step, input.size];
    case 'enum':
      return [op.skipEnum, step, input.symbols.length];
  }
}
