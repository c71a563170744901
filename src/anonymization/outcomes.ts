/**
 * What became of one record. Zero is `written`, one is `dropped` (a rule said so); every other number is the index of the
 * reason for which the record was quarantined. The list is a contract: append only, the number is not stored anywhere.
 */
export const outcomeCodes = [
  'WRITTEN',
  'DROPPED',
  'RECORD_TRUNCATED',
  'RECORD_TRAILING_BYTES',
  'RECORD_TOO_LARGE',
  'RECORD_TOO_DEEP',
  'RECORD_TOO_MANY_ITEMS',
  'LENGTH_NEGATIVE',
  'VARINT_TOO_LONG',
  'UNION_BRANCH_UNKNOWN',
  'ENUM_INDEX_UNKNOWN',
  'BOOLEAN_INVALID',
  'STRING_NOT_UTF8',
  'VALUE_TYPE_MISMATCH',
  'VALUE_OUTSIDE_DOMAIN',
  'FRAME_MISSING',
  'SCHEMA_UNKNOWN',
  'SCHEMA_REFUSED',
  'KEY_MISSING',
  'KEY_TYPE_MISMATCH',
  'OUTPUT_TOO_LARGE',
  'JSON_INVALID',
] as const;

export type OutcomeCode = (typeof outcomeCodes)[number];

/** The number of each code, for the byte columns of the engine. */
export const outcome = Object.fromEntries(
  outcomeCodes.map((code, index) => [code, index]),
) as Readonly<Record<OutcomeCode, number>>;

/** What to do about each reason for quarantine: one sentence, shown in documents, logs and reports. */
export const remedies: Readonly<Record<OutcomeCode, string>> = {
  WRITTEN: 'nothing to do',
  DROPPED: 'nothing to do: a rule drops this record',
  RECORD_TRUNCATED: 'check the producer: the value ends before its schema does',
  RECORD_TRAILING_BYTES:
    'check the producer: bytes follow the value, or it was written with another schema',
  RECORD_TOO_LARGE: 'raise service.limits.recordBytes, or make the producer write smaller records',
  RECORD_TOO_DEEP: 'raise service.limits.depth, or check the producer for runaway nesting',
  RECORD_TOO_MANY_ITEMS:
    'raise service.limits.items, or check the producer for a hostile block count',
  LENGTH_NEGATIVE:
    'check the producer: a length is negative, or the value was written with another schema',
  VARINT_TOO_LONG: 'check the producer: a number has more bytes than its type allows',
  UNION_BRANCH_UNKNOWN: 'check the producer: a union index is not in the schema',
  ENUM_INDEX_UNKNOWN: 'check the producer: an enum index is not in the schema',
  BOOLEAN_INVALID: 'check the producer: a boolean is neither 0 nor 1',
  STRING_NOT_UTF8: 'check the producer: a string is not UTF-8; declare bytes if it is not text',
  VALUE_TYPE_MISMATCH: 'check the producer: a value is of another type than its schema declares',
  VALUE_OUTSIDE_DOMAIN:
    'give the rule an `otherwise` technique, or another technique for this field',
  FRAME_MISSING: 'make the producer use a schema registry serializer: the value has no schema id',
  SCHEMA_UNKNOWN: 'register the schema, or check that the producer and lethe use the same registry',
  SCHEMA_REFUSED: 'run `lethe plan` for this schema and classify the leaves that it lists',
  KEY_MISSING: 'declare `key: { technique: suppress }` or make the producer write keys',
  KEY_TYPE_MISMATCH: 'declare the key type that the producer writes in the route',
  OUTPUT_TOO_LARGE:
    'raise max.message.bytes of the target topic: the sanitized record does not fit',
  JSON_INVALID: 'check the producer: the text is not JSON',
};
