import type { PlanStep } from '../../anonymization/plan/plan.ts';

/** A decoded leaf: text, whole numbers as they fit, an enum as its symbol. Never kept, never shown. */
export type LeafValue = string | number | bigint | boolean | Buffer;

/** Where a value stands, and what the plan says of it. */
export interface Leaf {
  /** As in plans: `address.street`, `items[].sku`; no map key and no index. */
  readonly path: string;
  /** `null` where no plan knows the leaf. */
  readonly step: PlanStep | null;
}

export type VisitLeaf = (leaf: Leaf, value: LeafValue) => void;
