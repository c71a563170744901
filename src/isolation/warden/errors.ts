import { LetheError } from '../../foundation/errors.ts';

/** Why the warden can't begin, or can't be elected. */
export type WardenErrorCode =
  'WARDEN_LEASE_REFUSED' | 'WARDEN_NAMESPACE_UNKNOWN' | 'WARDEN_WRITE_ALTERED';

export class WardenError extends LetheError<WardenErrorCode> {}
