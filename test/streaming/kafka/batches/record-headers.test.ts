import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { RecordBatchError } from '../../../../src/streaming/kafka/batches/record-batch-error.ts';
import {
  encodeHeaders,
  HeaderSections,
  HeaderSpans,
} from '../../../../src/streaming/kafka/batches/record-headers.ts';
import {
  varintSize,
  varlongSize,
  writeVarint,
  writeVarlong,
} from '../../../../src/streaming/kafka/batches/varint.ts';
import { zigzag } from './naive-batches.ts';

const someHeaders = fc.array(
  fc.record(
    {
      name: fc.string({ maxLength: 5 }),
      value: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 80 },
);

function spansOf(section: Buffer, start = 0, end = section.length) {
  const spans = new HeaderSpans();
  spans.read(section, start, end);
  return Array.from({ length: spans.count }, (_, i) => ({
    name: section.toString('utf8', spans.nameStarts[i], spans.nameEnds[i]),
    value:
      spans.valueStarts[i]! < 0
        ? null
        : Buffer.from(section.subarray(spans.valueStarts[i], spans.valueEnds[i])),
  }));
}

it('keeps order, duplicate names, empty names and null values', () => {
  fc.assert(
    fc.property(someHeaders, (headers) => {
      assert.deepEqual(spansOf(encodeHeaders(headers)), headers);
    }),
  );
});

it('builds the sections of many records, with or without headers', () => {
  const sections = new HeaderSections();
  fc.assert(
    fc.property(fc.array(someHeaders, { maxLength: 10 }), (records) => {
      sections.begin(records.length);
      for (const headers of records) {
        sections.beginRecord();
        for (const { name, value } of headers) sections.add(Buffer.from(name), value);
      }
      const { count, bytes, starts, ends } = sections.values();
      assert.equal(count, records.length);
      records.forEach((headers, i) => {
        assert.deepEqual(spansOf(bytes as Buffer, starts[i], ends[i]), headers);
        assert.ok(ends[i]! + 16 <= bytes.length);
      });
    }),
  );
});

it('refuses sections that do not fit their bytes', () => {
  const good = encodeHeaders([{ name: 'n', value: Buffer.from('v') }]);
  const cases = [
    Buffer.alloc(0),
    good.subarray(0, good.length - 1),
    Buffer.concat([good, Buffer.alloc(1)]),
    Buffer.concat([zigzag(1n), zigzag(-1n), zigzag(-1n)]),
    Buffer.concat([zigzag(1n), zigzag(0n), zigzag(-2n)]),
    Buffer.alloc(9, 0xff),
  ];
  for (const bytes of cases) assert.throws(() => spansOf(bytes), RecordBatchError);
});

it('writes varints as the protocol does', () => {
  const bytes = Buffer.alloc(20);
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (narrow, wide) => {
      assert.deepEqual(bytes.subarray(0, writeVarint(bytes, 0, narrow)), zigzag(BigInt(narrow)));
      assert.equal(varintSize(narrow), zigzag(BigInt(narrow)).length);
      assert.deepEqual(bytes.subarray(0, writeVarlong(bytes, 0, wide)), zigzag(BigInt(wide)));
      assert.equal(varlongSize(wide), zigzag(BigInt(wide)).length);
    }),
  );
});
