import type { IHeaders } from 'kafkajs';
import type { OutcomeCode } from '../../../src/anonymization/outcomes.ts';
import { avroCodec, frame } from '../../rig/avro.ts';
import { canary, record, schema } from './canaries.ts';

/** A record that can't be sanitized, and the code that it must be quarantined with. */
export interface Fault {
  readonly name: string;
  readonly code: OutcomeCode;
  readonly key?: Buffer | null;
  readonly value: Buffer;
  readonly headers?: IHeaders;
}

export interface SchemaIds {
  readonly right: number;
  /** A schema of another shape, registered. */
  readonly other: number;
  /** A schema with a leaf that nobody classified. */
  readonly refused: number;
}

/** As in the configuration of the test. */
const RECORD_BYTES = 64 * 1024;

/** Every way to spoil a record that we know of, each full of canaries. */
export function faults(ids: SchemaIds): readonly Fault[] {
  const payload = avroCodec(schema).encode(record(1));
  const good = frame(ids.right, payload);
  const text = Buffer.from(canary.text);
  const splice = (at: number, remove: number, insert: Buffer): Buffer =>
    Buffer.concat([good.subarray(0, at), insert, good.subarray(at + remove)]);
  const textAt = good.indexOf(text);
  const varint = (value: bigint): Buffer => {
    const bytes: number[] = [];
    let rest = value >= 0n ? value << 1n : (-value << 1n) - 1n;
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return Buffer.from(bytes);
  };
  const large = avroCodec(schema).encode({
    ...record(1),
    items: Array.from({ length: 5000 }, () => canary.item),
  });
  return [
    {
      name: 'truncated',
      code: 'RECORD_TRUNCATED',
      value: good.subarray(0, good.length - 12),
    },
    {
      name: 'trailing bytes',
      code: 'RECORD_TRAILING_BYTES',
      value: Buffer.concat([good, Buffer.from(canary.trailing)]),
    },
    { name: 'unknown schema id', code: 'SCHEMA_UNKNOWN', value: frame(2_000_000_000, payload) },
    {
      name: 'id of another schema',
      code: 'RECORD_TRAILING_BYTES',
      value: frame(ids.other, payload),
    },
    { name: 'refused schema', code: 'SCHEMA_REFUSED', value: frame(ids.refused, payload) },
    {
      name: 'no frame',
      code: 'FRAME_MISSING',
      value: Buffer.from(JSON.stringify({ email: canary.unframed })),
    },
    { name: 'empty value', code: 'FRAME_MISSING', value: Buffer.alloc(0) },
    {
      name: 'length beyond the record',
      code: 'RECORD_TRUNCATED',
      value: splice(textAt - 1, 1, varint(2_000_000_000n)),
    },
    { name: 'negative length', code: 'LENGTH_NEGATIVE', value: splice(textAt - 1, 1, varint(-5n)) },
    {
      name: 'endless length',
      code: 'VARINT_TOO_LONG',
      value: splice(textAt - 1, 1, Buffer.alloc(12, 0xff)),
    },
    {
      name: 'text that is not UTF-8',
      code: 'STRING_NOT_UTF8',
      value: splice(
        textAt - 1,
        1 + text.length,
        Buffer.concat([
          varint(BigInt(canary.invalidText.length + 2)),
          Buffer.from(canary.invalidText),
          Buffer.from([0xc3, 0x28]),
        ]),
      ),
    },
    { name: 'too large', code: 'RECORD_TOO_LARGE', value: frame(ids.right, large) },
    { name: 'key missing', code: 'KEY_MISSING', key: null, value: good },
    {
      name: 'key that is not UTF-8',
      code: 'STRING_NOT_UTF8',
      key: Buffer.concat([Buffer.from(canary.key), Buffer.from([0xff, 0xfe])]),
      value: good,
    },
    ...deep(ids.right, payload),
  ];
}

/** The recursive record as deep as a record of the largest size can be, fifty times over the limit of depth. */
function deep(id: number, payload: Buffer): readonly Fault[] {
  const label = Buffer.from('CANARY-deep-3d95');
  const at = payload.indexOf(label) - 1;
  const level = Buffer.concat([payload.subarray(at, at + 1 + label.length), Buffer.from([2])]);
  const levels = Math.floor((RECORD_BYTES - payload.length) / level.length) - 1;
  const value = Buffer.concat([payload.subarray(0, at), ...Array<Buffer>(levels).fill(level)]);
  return [{ name: 'deep nesting', code: 'RECORD_TOO_DEEP', value: frame(id, value) }];
}
