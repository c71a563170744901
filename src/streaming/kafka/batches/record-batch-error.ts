import { LetheError } from '../../../foundation/errors.ts';

/** Why the bytes of a partition are not record batches that can be read. Never retriable: the same bytes will come again. */
export type RecordBatchErrorCode =
  /** The checksum of a batch doesn't match its bytes. */
  | 'BATCH_CRC_MISMATCH'
  /** A message format before Kafka 0.11 (magic 0 or 1), or one that doesn't exist. */
  | 'BATCH_MAGIC_UNSUPPORTED'
  /** The length or the number of records in a batch header is impossible. */
  | 'BATCH_HEADER_INVALID'
  /** The records section ends inside a record. */
  | 'BATCH_TRUNCATED'
  /** A length inside a record is negative, too long, or leaves bytes over. */
  | 'BATCH_RECORD_LENGTH_INVALID'
  /** Offsets inside a batch don't ascend or leave the range of the batch. */
  | 'BATCH_OFFSET_INVALID'
  /** A timestamp beyond what a double holds exactly. */
  | 'BATCH_TIMESTAMP_INVALID'
  /** A compression type that the protocol doesn't define. */
  | 'BATCH_CODEC_UNSUPPORTED'
  | 'BATCH_DECOMPRESSION_FAILED'
  /** More decompressed bytes or records than the limits allow. */
  | 'BATCH_TOO_LARGE'
  /** A control batch without a readable control record. */
  | 'BATCH_CONTROL_INVALID';

const texts: Readonly<Record<RecordBatchErrorCode, string>> = {
  BATCH_CRC_MISMATCH:
    'reading a record batch failed: its CRC-32C does not match its bytes; check the disks and network of the source cluster',
  BATCH_MAGIC_UNSUPPORTED:
    'reading a record batch failed: its message format is not version 2; rewrite the topic with a producer of Kafka 0.11 or later',
  BATCH_HEADER_INVALID:
    'reading a record batch failed: its header holds an impossible length or record count',
  BATCH_TRUNCATED: 'reading a record batch failed: its records end early',
  BATCH_RECORD_LENGTH_INVALID:
    'reading a record batch failed: a record holds a length that does not fit its bytes',
  BATCH_OFFSET_INVALID:
    'reading a record batch failed: the offsets of its records do not ascend within its range',
  BATCH_TIMESTAMP_INVALID:
    'reading a record batch failed: a timestamp lies more than 2^51 milliseconds from 1970',
  BATCH_CODEC_UNSUPPORTED: 'reading a record batch failed: its compression type is unknown',
  BATCH_DECOMPRESSION_FAILED: 'reading a record batch failed: its records do not decompress',
  BATCH_TOO_LARGE:
    'reading a record batch failed: it exceeds the limits on decompressed bytes or records; raise "limits" if such batches are expected',
  BATCH_CONTROL_INVALID: 'reading a record batch failed: its control record is malformed',
};

/** Bytes of a partition that can't be read as record batches; `batch` is the base offset that the damaged batch claims. */
export class RecordBatchError extends LetheError<RecordBatchErrorCode> {
  readonly batch: bigint | null;

  constructor(
    code: RecordBatchErrorCode,
    options: { readonly batch?: bigint; readonly cause?: unknown } = {},
  ) {
    const at = options.batch === undefined ? '' : ` (batch at offset ${String(options.batch)})`;
    super(code, texts[code] + at, 'cause' in options ? { cause: options.cause } : {});
    this.batch = options.batch ?? null;
  }
}
