/** What becomes of one line of a flow log. */
import type { ObservedFlow } from './observed-flow.ts';

/** Lines that are sound and tell of no connection that a policy could judge. */
export type SkipReason =
  /** Another message of the same program. */
  | 'other-message'
  /** A packet of the way back. */
  | 'reply'
  /** ICMP and the like, for which network policies define nothing. */
  | 'other-protocol'
  /** A packet in the middle of a connection: nobody can tell who began it. */
  | 'direction-unknown'
  /** Half of an entry whose other half is in another line. */
  | 'part'
  /** The source itself says that it lost entries. */
  | 'lost';

/** What is wrong with a line. */
export type LineFault =
  | 'too-long'
  | 'not-json'
  | 'not-a-flow'
  | 'bad-address'
  | 'bad-port'
  | 'bad-time'
  | 'bad-verdict'
  | 'bad-name';

/** What to tell about a fault: never the line itself. */
export const faultTexts: Readonly<Record<LineFault, string>> = {
  'too-long': 'the line is longer than any entry of a flow log',
  'not-json': 'the line is no JSON',
  'not-a-flow': 'the line lacks what an entry of this format has',
  'bad-address': 'an address is no IPv4 or IPv6 address',
  'bad-port': 'a port is no number from 0 to 65535',
  'bad-time': 'the time is in no known form',
  'bad-verdict': 'the verdict is none of the known words',
  'bad-name': 'a name has characters or a length that no such name has',
};

export type ParsedLine =
  | { readonly kind: 'flow'; readonly flow: ObservedFlow }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'malformed'; readonly fault: LineFault };

/** Turns lines into flows; may remember a bounded number of earlier lines of the same stream. */
export interface LineParser {
  readonly parse: (text: string, line: number) => ParsedLine;
}

export const skipped = (reason: SkipReason): ParsedLine => ({ kind: 'skipped', reason });
export const malformed = (fault: LineFault): ParsedLine => ({ kind: 'malformed', fault });

/** Ends the reading of a line from within its fields; caught by {@link parsing} and nowhere else. */
export class LineRefusal extends Error {
  readonly fault: LineFault;

  constructor(fault: LineFault) {
    super(fault);
    this.fault = fault;
  }
}

/** Runs the reading of one line; a field that is refused refuses the line. */
export function parsing(read: () => ParsedLine): ParsedLine {
  try {
    return read();
  } catch (error) {
    if (error instanceof LineRefusal) return malformed(error.fault);
    throw error;
  }
}
