import { LetheError } from '../../foundation/errors.ts';

/** Why an audit can't come to an answer. */
export type AuditErrorCode = 'AUDIT_STALLED';

export class AuditError extends LetheError<AuditErrorCode> {}
