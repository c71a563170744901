/** How the warden works. Durations are milliseconds. */

/** Flavours that are objects of the API server and decide about connections. */
export const wardenFlavours = [
  'networkpolicy',
  'clusternetworkpolicy',
  'cilium',
  'calico',
] as const;

export type WardenFlavour = (typeof wardenFlavours)[number];

/** `observe` only reports; `enforce` also writes. */
export const wardenModes = ['observe', 'enforce'] as const;

export type WardenMode = (typeof wardenModes)[number];

/** The section `isolation.warden` of the configuration. */
export interface WardenSettings {
  readonly mode: WardenMode;
  readonly flavour: WardenFlavour;
  /** Between two questions to Kafka. */
  readonly poll: number;
  /** How long a new placement must stand until the connections of the old one are closed. */
  readonly settle: number;
  /** An answer of Kafka that is older counts as none. */
  readonly staleAfter: number;
  /** A topic that is missing for so long counts as deleted; until then Kafka's answer is not believed. */
  readonly vanishedAfter: number;
  /** Between two questions for Kafka's ACLs; 0 asks for none, and they are not verified. */
  readonly acls: number;
  readonly lease: {
    /** `null`: the namespace that the warden runs in. */
    readonly namespace: string | null;
    readonly name: string;
  };
}
