/** What the warden is told, what it remembers, and what it makes of both. Plain data. */
import type { Finding } from '../findings/finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Declared } from '../topology/placement.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';
import type { Conditions } from './conditions.ts';
import type { PlacementMemory } from './placement-memory.ts';
import type { LivePolicy, WantedPolicy } from './policy-objects.ts';
import type { OwnPod } from './self.ts';
import type { WardenSettings } from './settings.ts';

/** An answer of Kafka. */
export interface PlacementReading {
  readonly snapshot: KafkaSnapshot;
  /** When it was asked for, by the clock of `decide`. */
  readonly at: number;
}

/** Everything that is known from outside. */
export interface Observation {
  /** The newest configuration that was good. */
  readonly declared: Declared;
  readonly settings: WardenSettings;
  /** Which warden this is, as `namespace/name` of its lease. */
  readonly identity: string;
  /** Code of why the changed configuration was refused; `null` where it is good. */
  readonly configProblem: string | null;
  /** `null` before the first answer. */
  readonly placement: PlacementReading | null;
  /** Code of why Kafka didn't answer the last time; `null` where it did. */
  readonly placementProblem: string | null;
  /** The pod that the warden runs in; `null` outside of one, and while it isn't seen. */
  readonly self: OwnPod | null;
  /** All policies of the flavour's kinds as they stand, by key; `null` while nobody can tell. */
  readonly policies: ReadonlyMap<string, LivePolicy> | null;
  /** Resources that may not be read, and that can't be at present. */
  readonly forbidden: readonly string[];
  readonly unreadable: readonly string[];
}

/** A policy that the API server was seen to have as we want it. */
export interface EnforcedPolicy {
  readonly wanted: WantedPolicy;
  /** The spec as the server keeps it: with its defaults. */
  readonly stored: WantedPolicy['spec'];
}

/** The set that good inputs asked for last. */
export interface GoodSet {
  readonly policies: ReadonlyMap<string, WantedPolicy>;
  /** With the flows of former placements, where these still stand. */
  readonly map: FlowMap;
  /** Whether old flows are still in it. */
  readonly transition: boolean;
}

/** How often one policy had to be repaired of late. */
export interface RepairCount {
  readonly count: number;
  readonly last: number;
}

export interface Memory {
  readonly placement: PlacementMemory;
  readonly good: GoodSet | null;
  /** By key; what is repaired while inputs are missing. */
  readonly enforced: ReadonlyMap<string, EnforcedPolicy>;
  readonly repairs: ReadonlyMap<string, RepairCount>;
  /** What the last set was made from: it is made again only when that changes. */
  readonly made: MadeFrom | null;
  /** Whether the policies that stood at the start were looked at. */
  readonly adopted: boolean;
}

/** The inputs of a set, and what became of them. */
export interface MadeFrom {
  readonly declared: Declared;
  readonly settings: WardenSettings;
  readonly current: KafkaSnapshot;
  readonly former: readonly KafkaSnapshot[];
  readonly outcome: MadeSet;
}

/** A set of policies, or why there is none. */
export type MadeSet =
  | { readonly refused: false; readonly set: GoodSet; readonly findings: readonly Finding[] }
  | { readonly refused: true; readonly map: FlowMap; readonly findings: readonly Finding[] };

/** Why a policy is written. */
export type WriteReason = 'create' | 'update' | 'refresh' | 'repair';

/** One write. */
export type Step =
  | {
      readonly kind: 'apply';
      readonly key: string;
      readonly wanted: WantedPolicy;
      readonly reason: WriteReason;
      /** For repairs: what happened to the policy. */
      readonly damage: 'deleted' | 'changed' | null;
      /** For repairs: who wrote to it, as far as the API server tells. */
      readonly by: readonly string[];
    }
  | {
      readonly kind: 'prune';
      readonly key: string;
      readonly live: LivePolicy;
    };

/** Steps of a stage may be done in any order; a stage begins only when the one before it is done whole. */
export type Stage = {
  readonly name: 'repair' | 'widen' | 'narrow' | 'deny' | 'refresh' | 'prune';
  readonly steps: readonly Step[];
};

export interface Decision {
  readonly memory: Memory;
  readonly conditions: Conditions;
  /** In order: see {@link Stage}. Empty where everything stands as it should, or nothing may be done. */
  readonly stages: readonly Stage[];
  /** What verification goes by; `null` before the first good answer of Kafka. */
  readonly map: FlowMap | null;
  /** What was found while policies were made, worst first. */
  readonly findings: readonly Finding[];
}

/** What is remembered at the start. */
export const noMemory: Memory = {
  placement: { current: null, former: [], missing: new Map() },
  good: null,
  enforced: new Map(),
  repairs: new Map(),
  made: null,
  adopted: false,
};
