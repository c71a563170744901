import { LetheError } from '../../foundation/errors.ts';

/** Every way in which keys can fail. A closed list: each has one meaning and one remedy. */
export type KeyErrorCode =
  | 'KEY_MISSING'
  | 'KEY_SIZE_INVALID'
  | 'KEY_VERSION_INVALID'
  | 'KEY_VERSION_UNKNOWN'
  | 'KEY_VERSION_EXISTS'
  | 'KEY_VERSIONS_COLLIDE'
  | 'KEY_DIRECTORY_UNREADABLE'
  | 'KEY_DIRECTORY_UNWRITABLE'
  | 'KEY_WIPED'
  | 'SELF_TEST_FAILED';

/** An error of keys or of the cryptographic kernel. Its text names versions and files, never key bytes. */
export class KeyError extends LetheError<KeyErrorCode> {}
