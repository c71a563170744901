import type { TechniqueSpec } from './technique-spec.ts';

/** What to do with a leaf that nobody classified. */
export type Unclassified = 'refuse' | 'suppress' | 'pass';

/** A rule for fields by path: exact (`address.zip`) or glob (`*` one segment, `**` any number). */
export interface FieldRule {
  readonly pattern: string;
  readonly spec: TechniqueSpec;
  /** When true, a pattern that matches no leaf is not an error. */
  readonly optional: boolean;
}

/** One layer of rules: the global one, or a route's own. */
export interface RuleLayer {
  /** Tag → technique, in the order of the file. */
  readonly tags: ReadonlyMap<string, TechniqueSpec>;
  readonly fields: readonly FieldRule[];
}

/**
 * The operator's rules, parsed and filled. Precedence: route field > route tag > global field > global tag > inline technique of the owner.
 */
export interface Rules {
  readonly unclassified: Unclassified;
  /** Tags in falling precedence, for leaves that carry several. */
  readonly precedence: readonly string[];
  /** Whether the owner of a schema may name techniques in annotations. */
  readonly inlineTechniques: 'allow' | 'forbid';
  readonly global: RuleLayer;
  readonly route: RuleLayer;
}
