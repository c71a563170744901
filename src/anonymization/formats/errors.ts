import { LetheError } from '../../foundation/errors.ts';

/** Why a plan can't be linked, or a file can't be read or written. */
export type FormatErrorCode =
  | 'FORMAT_UNSUPPORTED'
  | 'RAW_TYPE_UNSUPPORTED'
  | 'COORDINATES_INCOMPLETE'
  | 'CONTAINER_MAGIC_MISSING'
  | 'CONTAINER_HEADER_INVALID'
  | 'CONTAINER_SCHEMA_MISSING'
  | 'CONTAINER_SCHEMA_DIFFERENT'
  | 'CONTAINER_CODEC_UNKNOWN'
  | 'CONTAINER_BLOCK_TRUNCATED'
  | 'CONTAINER_BLOCK_INVALID'
  | 'CONTAINER_BLOCK_TOO_LARGE'
  | 'CONTAINER_SYNC_MISMATCH';

/** A format that can't be handled. Never names a value of a record. */
export class FormatError extends LetheError<FormatErrorCode> {}
