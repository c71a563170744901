import { LetheError } from '../../foundation/errors.ts';

/** Why a flow log can't be used at all; a single bad line is only counted. */
export type FlowLogErrorCode =
  'FLOWS_FORMAT_UNKNOWN' | 'FLOWS_NOT_UNDERSTOOD' | 'FLOWS_UNREADABLE' | 'FLOWS_EMPTY';

export class FlowLogError extends LetheError<FlowLogErrorCode> {}
