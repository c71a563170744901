import { LetheError, type Problem } from '../../foundation/errors.ts';

/** Every way in which a schema text can be wrong. */
export type SchemaErrorCode =
  | 'SCHEMA_NOT_JSON'
  | 'SCHEMA_TOO_LARGE'
  | 'SCHEMA_TOO_DEEP'
  | 'SCHEMA_SHAPE_INVALID'
  | 'SCHEMA_TYPE_UNKNOWN'
  | 'SCHEMA_NAME_INVALID'
  | 'SCHEMA_NAME_DUPLICATE'
  | 'SCHEMA_UNION_INVALID'
  | 'SCHEMA_ENUM_INVALID'
  | 'SCHEMA_FIXED_INVALID'
  | 'SCHEMA_REFERENCE_CYCLE';

export type SchemaProblem = Problem<SchemaErrorCode>;

/** A schema that can't be read; `problems` lists every reason found, each with its path. */
export class SchemaError extends LetheError<SchemaErrorCode> {
  constructor(problems: readonly [SchemaProblem, ...SchemaProblem[]], cause?: unknown) {
    const [first] = problems;
    const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super(first.code, `${first.message}${rest}`, { problems, cause });
  }
}
