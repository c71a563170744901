/** One reason why something was refused: what is wrong (`code`), where (`path`) and what to do (`message`). */
export interface Problem<Code extends string = string> {
  readonly code: Code;
  /** Where: a field path, a configuration path, a file name. Never a value, map key or array index of a record. */
  readonly path: string;
  /** Action first, names quoted, then the remedy. Never a value of a record. */
  readonly message: string;
}

/**
 * The base of every error that Lethe throws on purpose.
 *
 * `code` is one of a closed union per folder, `problems` lists every reason found (not only the first), `cause` keeps the
 * error below, and `retriable` says whether the same call may succeed later without a change by a human.
 * Errors cross threads as {@link SerializedError}; classify them by `code`, never by `instanceof`.
 */
export class LetheError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly problems: readonly Problem[];
  readonly retriable: boolean;

  constructor(
    code: Code,
    message: string,
    options: {
      readonly problems?: readonly Problem[];
      readonly retriable?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.problems = options.problems ?? [{ code, path: '', message }];
    this.retriable = options.retriable ?? false;
  }
}

/** An error as plain data, for messages between threads and for log lines. Holds no stack and no cause text. */
export interface SerializedError {
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
  readonly problems: readonly Problem[];
}

/** True for every error made by Lethe, also when it comes from another copy of the module. */
export function isLetheError(error: unknown): error is LetheError {
  return error instanceof Error && 'problems' in error && 'code' in error && 'retriable' in error;
}

/**
 * Turns anything thrown into plain data that is safe to log: foreign errors keep their class name and code, but lose their
 * text, since a library may have quoted a record in it.
 */
export function serializeError(error: unknown): SerializedError {
  if (isLetheError(error)) {
    const { code, message, retriable, problems } = error;
    return { code, message, retriable, problems };
  }
  const name = error instanceof Error ? error.name : typeof error;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? error.code
      : 'UNEXPECTED';
  return { code, message: `unexpected ${name}`, retriable: false, problems: [] };
}
