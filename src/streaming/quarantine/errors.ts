import { LetheError } from '../../foundation/errors.ts';

/** A quarantine record that lethe did not write. */
export class QuarantineError extends LetheError<'QUARANTINE_RECORD_INVALID'> {}
