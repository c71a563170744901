/** What is wrong with a placement, or what the map can't tell, with what to do about it. */

export type FlowFindingCode =
  | 'BROKER_SHARED'
  | 'CLUSTER_SHARED'
  | 'COORDINATOR_ON_RAW'
  | 'BOOTSTRAP_ON_RAW'
  | 'TOPIC_ON_RAW'
  | 'RAW_READER'
  | 'TOPIC_ABSENT'
  | 'CLUSTER_ABSENT'
  | 'BROKER_ABSENT'
  | 'BROKER_POD_UNKNOWN'
  | 'BOOTSTRAP_UNKNOWN'
  | 'COORDINATOR_UNKNOWN'
  | 'PARTY_UNDECLARED'
  | 'CONTROLLERS_ASSUMED'
  | 'FLOW_INTO_RAW'
  | 'SCOPE_INCOMPLETE';

/**
 * `error`: no policy can fence the raw brokers and let every declared client work, or the map is not whole. `warning`: it can, but the
 * operator should know.
 */
export interface FlowFinding {
  readonly code: FlowFindingCode;
  readonly severity: 'error' | 'warning';
  /** Who or what it is about, such as `main/11` or `client analytics`. */
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
}

/** Names in a message: all of a few, else how many more. */
export function named(names: readonly (string | number)[]): string {
  const [first, rest] = [names.slice(0, 5), names.length - 5];
  const text = first.map((name) => `"${name}"`).join(', ');
  return rest > 0 ? `${text} and ${rest} more` : text;
}
