/** What keeps the warden from following, in closed words: dashboards and alerts go by them. */

/** Every condition and what it means. The frozen ones hold everything as it is until their cause is gone. */
export const conditions = {
  CONFIG_INVALID: { freezes: true, meaning: 'The changed configuration was refused' },
  KAFKA_UNREACHABLE: { freezes: true, meaning: 'Kafka did not answer when it was asked last' },
  PLACEMENT_STALE: {
    freezes: true,
    meaning: 'The last answer of Kafka is too old, or there is none',
  },
  PLACEMENT_SUSPECT: {
    freezes: true,
    meaning:
      'The answer of Kafka lacks brokers, topics or partitions that it had, or is of another cluster',
  },
  PLACEMENT_REFUSED: { freezes: true, meaning: 'No policies can fence this placement' },
  CLUSTER_FORBIDDEN: { freezes: true, meaning: 'The warden may not read what it has to read' },
  CLUSTER_UNREADABLE: { freezes: true, meaning: 'The API server does not tell what there is' },
  SELF_UNDECLARED: {
    freezes: true,
    meaning:
      'The pod of the warden is no operator of the map, so its own policies would shut it out',
  },
  ACLS_UNKNOWN: {
    freezes: false,
    meaning: "What Kafka's authorizer allows is not verified, or only as it was",
  },
  LEASE_FAILED: { freezes: false, meaning: 'The warden can not take part in the election' },
  WRITE_FAILED: { freezes: false, meaning: 'The API server did not take a policy' },
  UNVERIFIED: { freezes: false, meaning: 'Verification has a finding of severity error' },
} as const satisfies Readonly<
  Record<string, { readonly freezes: boolean; readonly meaning: string }>
>;

export type Condition = keyof typeof conditions;

export const conditionNames = Object.keys(conditions) as readonly Condition[];

/** Conditions that hold, each with what it is about: codes and names, no texts of others. */
export type Conditions = ReadonlyMap<Condition, readonly string[]>;

/** Whether nothing but repairs may be done. */
export const frozen = (held: Conditions): boolean =>
  [...held.keys()].some((name) => conditions[name].freezes);
