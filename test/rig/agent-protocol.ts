/** What a test and the agent in a pod say to each other: a line of JSON each way. */
export type AgentRequest =
  /** A new connection or datagram. `source`: the address to come from, where there are several. */
  | {
      readonly id: number;
      readonly do: 'connect';
      readonly protocol: 'TCP' | 'UDP';
      readonly host: string;
      readonly port: number;
      readonly source: string | null;
      readonly patience: number;
      /** Keeps it open under `id`, for `use`. */
      readonly hold: boolean;
    }
  /** Sends over a connection that is held. */
  | { readonly id: number; readonly do: 'use'; readonly held: number; readonly patience: number }
  /** Answers with an echo from now on; fine where something listens already. */
  | {
      readonly id: number;
      readonly do: 'listen';
      readonly protocol: 'TCP' | 'UDP';
      readonly port: number;
      /** The address to answer from, where there are several; `null`: all. */
      readonly address: string | null;
    };

/** `open`: the other end answered. `refused`: a reset or an ICMP error. `timeout`: nothing. `unsupported`: it can't be tried here. */
export type AgentOutcome = 'open' | 'refused' | 'timeout' | 'unsupported';

export interface AgentAnswer {
  readonly id: number;
  readonly outcome: AgentOutcome;
  /** ms from the first packet to the outcome. */
  readonly took: number;
}
