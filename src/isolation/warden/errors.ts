import { LetheError } from '../../foundation/errors.ts';

/** Why the warden can't take part in the election. */
export type WardenErrorCode = 'WARDEN_LEASE_REFUSED';

export class WardenError extends LetheError<WardenErrorCode> {}
