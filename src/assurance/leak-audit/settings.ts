import type { DetectorName } from './detectors/detector.ts';

/** A find that the operator knows and accepts. */
export interface AllowedLeak {
  readonly route: string;
  /** As the finding shows it. */
  readonly path: string;
  readonly detector: DetectorName;
}

/** The section `audit` of the configuration, filled. */
export interface AuditSettings {
  /** Where the auditor that runs keeps its positions. */
  readonly groupId: string;
  /** One record in so many is looked at, by offset; 1 is all of them. */
  readonly sample: number;
  /** Where a partition without a position begins. */
  readonly startFrom: 'earliest' | 'latest';
  readonly detectors: readonly DetectorName[];
  readonly allow: readonly AllowedLeak[];
}
