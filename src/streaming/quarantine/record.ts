/**
 * What is kept of a record that could not be sanitized: where it is and why, nothing of what it holds. Enough to find it again in the raw
 * topic once the rule is fixed.
 */
import { z } from 'zod';
import { outcomeCodes } from '../../anonymization/outcomes.ts';
import type { OutcomeCode } from '../../anonymization/outcomes.ts';
import { QuarantineError } from './errors.ts';

/** The value of a quarantine record, as JSON. Its key is `topic/partition/offset`. */
export interface QuarantineRecord {
  readonly topic: string;
  readonly partition: number;
  /** Decimal text: offsets go beyond what JSON numbers hold everywhere. */
  readonly offset: string;
  /** Row of the table in `anonymization/outcomes.ts`, which has the remedy. */
  readonly code: OutcomeCode;
  /** Field path in the schema, without keys or indices of the data; empty where no field is known. */
  readonly path: string;
  readonly schemaId: number | null;
  /** Digest of the plan that met the record; empty where there was none. */
  readonly planDigest: string;
  /** AES-CMAC over the raw key and value under a key of its own, hex: recognizes the record, tells nothing about it. */
  readonly fingerprint: string;
  readonly route: string;
}

const recordSchema = z.strictObject({
  topic: z.string(),
  partition: z.int(),
  offset: z.string().regex(/^\d+$/),
  code: z.enum(outcomeCodes),
  path: z.string(),
  schemaId: z.int().nullable(),
  planDigest: z.string(),
  fingerprint: z.string(),
  route: z.string(),
});

/** The key under which a record is quarantined: a second visit of the same offset replaces the first under compaction. */
export function quarantineKey(record: QuarantineRecord): Buffer {
  return Buffer.from(`${record.topic}/${record.partition}/${record.offset}`);
}

export function renderQuarantineRecord(record: QuarantineRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/**
 * Reads a quarantine record back.
 *
 * @throws QuarantineError QUARANTINE_RECORD_INVALID
 */
export function parseQuarantineRecord(value: Uint8Array): QuarantineRecord {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    throw new QuarantineError('QUARANTINE_RECORD_INVALID', 'a quarantine record is not JSON');
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new QuarantineError(
    'QUARANTINE_RECORD_INVALID',
    'a quarantine record has another shape: check that only lethe writes to the quarantine topic',
  );
}
