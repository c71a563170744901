import { LetheError } from '../../foundation/errors.ts';

/** Why attacks can't be tried. */
export type AttackErrorCode = 'ATTACK_REQUEST_REFUSED' | 'ATTACK_RUN_ENDED';

export class AttackError extends LetheError<AttackErrorCode> {}
