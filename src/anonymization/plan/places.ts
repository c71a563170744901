/** What holds at a place of a schema: the marks in force, and how far the field rules of both layers have matched its path. */
import {
  enterPlace,
  inheritedKey,
  nothingInherited,
  type Inherited,
} from '../annotations/inherit.ts';
import { noMark, type Dialect, type Mark } from '../annotations/mark.ts';
import type { FieldRule, Rules } from '../rules/rules.ts';
import { stateKey, type PatternStates } from '../schema/glob.ts';
import { renderPath, type Path, type Segment } from '../schema/path.ts';
import type { Attributes, SchemaNode } from '../schema/tree.ts';
import { FieldRules } from './field-rules.ts';
import type { PlanProblems } from './plan-refused.ts';

export interface Place {
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

/** The places of one schema, each from the one above it. */
export class Places {
  readonly #dialects: readonly Dialect[];
  readonly #problems: PlanProblems;
  readonly #routeFields: FieldRules;
  readonly #globalFields: FieldRules;

  constructor({
    rules,
    dialects,
    problems,
  }: {
    readonly rules: Rules;
    readonly dialects: readonly Dialect[];
    readonly problems: PlanProblems;
  }) {
    this.#dialects = dialects;
    this.#problems = problems;
    this.#routeFields = new FieldRules(rules.route, problems.report);
    this.#globalFields = new FieldRules(rules.global, problems.report);
  }

  root(): Place {
    return {
      path: [],
      above: nothingInherited,
      fromMap: noMark,
      route: this.#routeFields.start(),
      global: this.#globalFields.start(),
      attributes: [],
      names: [],
      nullable: false,
      repeats: false,
    };
  }

  /** One step down. */
  below(at: Place, segment: Segment, change: Partial<Place> = {}): Place {
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

  /** The place with the marks that hold there. */
  enter(node: SchemaNode, at: Place): Place {
    return { ...at, above: this.marks(node, at).effective };
  }

  marks(node: SchemaNode, at: Place): ReturnType<typeof enterPlace> {
    const place = {
      path: (at.path.length === 0 ? nameOf(node)[0] : undefined) ?? renderPath(at.path),
      attributes: [...at.attributes, ...(node.wrappers ?? []), node.attributes],
      names: [...at.names, ...nameOf(node)],
      isMap: node.kind === 'map',
    };
    return enterPlace(at.above, place, at.fromMap, this.#dialects, this.#problems.report);
  }

  /** Equal for places below which the same is decided. */
  key(at: Place): string {
    return [inheritedKey(at.above), stateKey(at.route), stateKey(at.global)].join(' ');
  }

  /** The rules of each layer that decide a leaf here. */
  fieldRules(at: Place): {
    readonly routeFields: readonly FieldRule[];
    readonly globalFields: readonly FieldRule[];
  } {
    return {
      routeFields: this.#routeFields.decide(at.route),
      globalFields: this.#globalFields.decide(at.global),
    };
  }

  /** Notes rules that end at a container, to explain why they match no leaf. */
  noteContainer(at: Place): void {
    this.#routeFields.noteContainer(at.route);
    this.#globalFields.noteContainer(at.global);
  }

  /** Once all leaves are decided: reports rules that matched none. */
  reportUnmatched(): void {
    this.#routeFields.reportUnmatched(this.#problems.report);
    this.#globalFields.reportUnmatched(this.#problems.report);
  }
}

/** The name of a named type, as external annotations know it. */
function nameOf(node: SchemaNode): readonly string[] {
  if (node.kind === 'record') return [node.name];
  if (node.kind !== 'leaf') return [];
  return node.type.kind === 'enum' || node.type.kind === 'fixed' ? [node.type.name] : [];
}
