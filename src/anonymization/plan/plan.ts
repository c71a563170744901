import type { LeafType } from '../schema/tree.ts';
import type { TechniqueSpec } from '../rules/technique-spec.ts';

/** Which schema language a plan speaks of; `RAW` is a declared type without a schema (record keys, headers). */
export type SchemaFormat = 'AVRO' | 'JSON' | 'PROTOBUF' | 'RAW';

/** Why a leaf is treated as it is: the rule that decided, and the marks that led to it. */
export interface Reason {
  readonly rule:
    | 'route field'
    | 'route tag'
    | 'global field'
    | 'global tag'
    | 'inline technique'
    | 'public'
    | 'unclassified'
    | 'declared';
  /** The field pattern or the tag that matched; empty where the rule has none. */
  readonly match: string;
  /** Tags on the leaf with the dialect and path that each comes from, as `EMAIL (confluent:tags at customer.email)`. */
  readonly sources: readonly string[];
}

/** One leaf and what happens to it. */
export interface PlanStep {
  readonly path: string;
  readonly input: LeafType;
  readonly output: LeafType;
  readonly technique: TechniqueSpec;
  /** The domain that keys are derived for; empty for techniques without a key. */
  readonly domain: string;
  /** The step whose value a technique is keyed by, as an index into `steps`; -1 for none. */
  readonly companion: number;
  readonly deterministic: boolean;
  readonly reversible: boolean;
  readonly why: Reason;
}

/**
 * The walk over the wire format as a table of nodes: indices instead of references, so that a recursive schema is finite and the
 * whole can be printed, hashed and posted to another thread.
 */
export type ProgramNode =
  | { readonly op: 'null' }
  | { readonly op: 'leaf'; readonly step: number }
  | {
      readonly op: 'record';
      /** `removed`: the field's bytes are left out, as its output schema has no such field. */
      readonly fields: readonly { readonly node: number; readonly removed: boolean }[];
    }
  | { readonly op: 'array'; readonly items: number }
  | {
      readonly op: 'map';
      /** The step of the map's keys (leaf type string); `removeEntries`: the map is written empty. */
      readonly keyStep: number;
      readonly removeEntries: boolean;
      readonly values: number;
    }
  | {
      readonly op: 'union';
      readonly branches: readonly number[];
      /** Index of the null branch, or -1. */
      readonly nullBranch: number;
    };

/**
 * What happens to every leaf of one schema. Plain, immutable, printable data: it can be signed, compared, posted to a thread. It holds no
 * key and no value of any record.
 */
export interface Plan {
  readonly format: SchemaFormat;
  /** Full name of the root record (Avro), empty where the schema has none. */
  readonly name: string;
  /** SHA-256 of the source schema's canonical JSON, hex. */
  readonly sourceDigest: string;
  /** The output schema as text, ready to be registered; empty for `RAW`. */
  readonly outputSchema: string;
  readonly outputReferences: readonly { readonly name: string; readonly text: string }[];
  readonly steps: readonly PlanStep[];
  readonly program: { readonly root: number; readonly nodes: readonly ProgramNode[] };
  /** SHA-256 over format, source, steps and program, hex: equal digests do equal things to equal bytes under equal keys. */
  readonly digest: string;
  /** Leaves that pass only because the route says `unclassified: pass`. */
  readonly passedUnclassified: readonly string[];
}
