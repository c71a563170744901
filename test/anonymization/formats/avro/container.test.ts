import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import avsc from 'avsc';
import { ByteSource } from '../../../../src/anonymization/formats/avro/byte-source.ts';
import type { ContainerOptions } from '../../../../src/anonymization/formats/avro/container.ts';
import { applyContainer } from '../../../../src/anonymization/formats/avro/container.ts';
import { containerCodec } from '../../../../src/anonymization/formats/avro/container-codec.ts';
import type { ContainerHeader } from '../../../../src/anonymization/formats/avro/container-file.ts';
import {
  readBlock,
  readHeader,
  renderBlock,
  renderHeader,
} from '../../../../src/anonymization/formats/avro/container-file.ts';
import { linkAvro } from '../../../../src/anonymization/formats/avro/rewriter.ts';
import { compile } from '../../../../src/anonymization/plan/compile.ts';
import { parseRules } from '../../../../src/anonymization/rules/parse-rules.ts';
import { isLetheError } from '../../../../src/foundation/errors.ts';
import { avscType } from './avsc-types.ts';
import { keys, limits, Random } from './engine.ts';

const vectors =
  process.env['LETHE_VECTORS'] ??
  fileURLToPath(new URL('../../../../../shared/vectors', import.meta.url));
const folder = `${vectors}/avro/containers`;

const keepAll = parseRules({ unclassified: 'pass' });
const suppressAll = parseRules({ unclassified: 'suppress' });

const schema = JSON.stringify({
  type: 'record',
  name: 'Person',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'age', type: ['null', 'long'] },
  ],
});
const sync = new Uint8Array(16).fill(9);
const codecs = ['null', 'deflate', 'snappy', 'zstandard'] as const;

function person(index: number): Buffer {
  const age = index % 3 === 0 ? null : { long: BigInt(index) };
  return avscType(schema).toBuffer({ name: `Person ${index}`, age });
}

function container(codec: (typeof codecs)[number], blocks: readonly (readonly Buffer[])[]): Buffer {
  const header: ContainerHeader = { schema, codec: containerCodec(codec), sync };
  return Buffer.concat([
    renderHeader(header),
    ...blocks.map((block) =>
      renderBlock(header, { records: block.length, content: Buffer.concat(block) }),
    ),
  ]);
}

/** In chunks of a size that divides nothing. */
function chunked(bytes: Buffer, size = 7): AsyncIterable<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks);
}

async function apply(bytes: Buffer, options: Partial<ContainerOptions> = {}) {
  const written: Uint8Array[] = [];
  const summary = await applyContainer(
    chunked(bytes),
    (chunk) => {
      written.push(Uint8Array.from(chunk));
      return Promise.resolve();
    },
    { rules: keepAll, keys, ...options },
  );
  return { summary, bytes: Buffer.concat(written) };
}

/** The content of all blocks, and how many records they declare. */
async function contents(bytes: Buffer) {
  const source = new ByteSource(chunked(bytes, 1000));
  const header = await readHeader(source);
  const parts: Buffer[] = [];
  let records = 0;
  for (;;) {
    const block = await readBlock(source, header, 2 ** 28);
    if (block === null) return { header, records, bytes: Buffer.concat(parts) };
    parts.push(Buffer.from(block.content));
    records += block.records;
  }
}

/** All values of a container, read by avsc's own container reader. */
async function avscValues(bytes: Buffer): Promise<unknown[]> {
  const decoder = new avsc.streams.BlockDecoder({
    parseHook: (declared: unknown) => avscType(JSON.stringify(declared)),
    codecs: {
      deflate: (block: Buffer, done: (error: unknown, content?: Buffer) => void) =>
        done(null, Buffer.from(containerCodec('deflate').decompress(block, 2 ** 28))),
      snappy: (block: Buffer, done: (error: unknown, content?: Buffer) => void) =>
        done(null, Buffer.from(containerCodec('snappy').decompress(block, 2 ** 28))),
      zstandard: (block: Buffer, done: (error: unknown, content?: Buffer) => void) =>
        done(null, Buffer.from(containerCodec('zstandard').decompress(block, 2 ** 28))),
      null: (block: Buffer, done: (error: unknown, content?: Buffer) => void) => done(null, block),
    },
  });
  const values: unknown[] = [];
  decoder.end(bytes);
  for await (const value of decoder) values.push(plain(value));
  return values;
}

/** Values without the classes that avsc makes for each schema. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'bigint' ? `${held}n` : held,
  );
  return JSON.parse(text);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (!isLetheError(error)) throw error;
    return error.code;
  }
}

describe('applyContainer', () => {
  for (const codec of codecs) {
    test(`keeps every value and the codec: ${codec}`, async () => {
      const people = Array.from({ length: 1000 }, (_, index) => person(index));
      const source = container(codec, [
        people.slice(0, 300),
        people.slice(300, 301),
        people.slice(301),
      ]);
      const { summary, bytes } = await apply(source);
      assert.deepEqual(summary, { records: 1000, written: 1000, dropped: 0, quarantined: {} });
      assert.deepEqual(await avscValues(bytes), await avscValues(source));
      const { header } = await contents(bytes);
      assert.equal(header.codec.name, codec);
    });
  }

  test('takes a line end behind the last block for what it is', async () => {
    const source = container('null', [[person(1)]]);
    for (const end of ['\n', '\r\n']) {
      const { summary } = await apply(Buffer.concat([source, Buffer.from(end)]));
      assert.equal(summary.written, 1);
    }
    const more = apply(Buffer.concat([source, Buffer.from('\n\n')]));
    assert.equal(await codeOf(more), 'CONTAINER_BLOCK_TRUNCATED');
  });

  test('reads a header whose metadata is in blocks with a size', async () => {
    const source = container('null', [[person(1)]]);
    assert.equal(source[4], 4, 'two entries');
    const sized = Buffer.concat([source.subarray(0, 4), Buffer.of(3, 0), source.subarray(5)]);
    assert.deepEqual(await apply(sized), await apply(source));
  });

  test('gives the same bytes for the same file, with a sync marker of its own', async () => {
    const source = container('deflate', [[person(1)], [person(2)]]);
    const [one, other] = [await apply(source), await apply(source)];
    assert.deepEqual(one.bytes, other.bytes);
    const { header } = await contents(one.bytes);
    assert.notDeepEqual(header.sync, sync);
  });

  test('suppresses, and says how far it is', async () => {
    const progress: number[] = [];
    const { bytes, summary } = await apply(container('null', [[person(1)], [person(2)]]), {
      rules: suppressAll,
      onProgress: ({ records }) => progress.push(records),
    });
    assert.equal(summary.written, 2);
    assert.deepEqual(progress, [1, 2]);
    assert.ok(!bytes.includes('Person '));
    assert.deepEqual(await avscValues(bytes), [
      { name: '', age: null },
      { name: '', age: null },
    ]);
  });

  test('leaves out what is dropped or quarantined, and tells about it', async () => {
    const bad = Buffer.from([2, 0xff, 0]);
    const reports: unknown[] = [];
    const rules = parseRules({
      unclassified: 'pass',
      fields: { age: { technique: 'drop-record' } },
    });
    const source = container('null', [[person(0), bad, person(3), person(4)], [person(5)]]);
    const { summary, bytes } = await apply(source, {
      rules,
      onOutcome: (one) => reports.push(one),
    });
    assert.deepEqual(summary, {
      records: 5,
      written: 2,
      dropped: 2,
      quarantined: { STRING_NOT_UTF8: 1 },
    });
    assert.deepEqual(reports, [
      { record: 1, code: 'STRING_NOT_UTF8', path: 'name' },
      { record: 3, code: 'DROPPED', path: '' },
      { record: 4, code: 'DROPPED', path: '' },
    ]);
    assert.equal((await contents(bytes)).records, 2);
  });

  test('takes an annotated copy of the schema, and refuses another schema', async () => {
    const annotated = JSON.stringify({
      type: 'record',
      name: 'Person',
      fields: [
        { name: 'name', type: 'string', lethe: 'NAME' },
        { name: 'age', type: ['null', 'long'], lethe: 'public' },
      ],
    });
    const rules = parseRules({ tags: { NAME: { technique: 'constant', value: 'x' } } });
    const source = container('null', [[person(1)]]);
    assert.equal(await codeOf(apply(source, { rules })), 'PLAN_REFUSED');
    const { bytes } = await apply(source, { rules, schema: { text: annotated } });
    assert.equal(((await avscValues(bytes))[0] as { name: string }).name, 'x');
    const other = annotated.replace('"long"', '"int"');
    const refused = apply(source, { rules, schema: { text: other } });
    assert.equal(await codeOf(refused), 'CONTAINER_SCHEMA_DIFFERENT');
  });

  describe('refuses what it can not read, each with its own code', () => {
    const good = container('null', [[person(1), person(2)]]);
    const head = renderHeader({ schema, codec: containerCodec('null'), sync });
    const block = good.subarray(head.length);
    const long = (value: number): Buffer => avsc.Type.forSchema('long').toBuffer(value);
    const metadata = (entries: Readonly<Record<string, string>>): Buffer =>
      Buffer.concat([
        Buffer.from('Obj\u0001'),
        avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer(
          Object.fromEntries(
            Object.entries(entries).map(([key, text]) => [key, Buffer.from(text)]),
          ),
        ),
        sync,
      ]);
    const broken = (content: Buffer, records = 1, codec = 'null'): Buffer =>
      Buffer.concat([
        metadata({ 'avro.schema': schema, 'avro.codec': codec }),
        long(records),
        long(content.length),
        content,
        sync,
      ]);
    const cases: Readonly<Record<string, readonly [Buffer, string]>> = {
      nothing: [Buffer.alloc(0), 'CONTAINER_MAGIC_MISSING'],
      'another file': [Buffer.from('PAR1 and so on'), 'CONTAINER_MAGIC_MISSING'],
      'a header without schema': [metadata({ 'avro.codec': 'null' }), 'CONTAINER_SCHEMA_MISSING'],
      bzip2: [
        metadata({ 'avro.schema': schema, 'avro.codec': 'bzip2' }),
        'CONTAINER_CODEC_UNKNOWN',
      ],
      xz: [metadata({ 'avro.schema': schema, 'avro.codec': 'xz' }), 'CONTAINER_CODEC_UNKNOWN'],
      'a schema that is none': [metadata({ 'avro.schema': '{' }), 'PLAN_REFUSED'],
      'a header that ends early': [Buffer.from(head.subarray(0, 30)), 'CONTAINER_BLOCK_TRUNCATED'],
      'a header with a negative length': [
        Buffer.from('Obj\u0001\u0002\u0001'),
        'CONTAINER_HEADER_INVALID',
      ],
      'a header of many gigabytes': [
        Buffer.concat([Buffer.from('Obj\u0001\u0002'), long(2 ** 40)]),
        'CONTAINER_HEADER_INVALID',
      ],
      'a number of eleven bytes': [
        Buffer.concat([Buffer.from('Obj\u0001'), Buffer.alloc(11, 0x80)]),
        'CONTAINER_BLOCK_INVALID',
      ],
      'a number beyond 2^53': [
        Buffer.concat([Buffer.from('Obj\u0001'), Buffer.alloc(9, 0xfe), Buffer.of(1)]),
        'CONTAINER_BLOCK_INVALID',
      ],
      'a block that ends early': [good.subarray(0, -20), 'CONTAINER_BLOCK_TRUNCATED'],
      'a sync marker that ends early': [good.subarray(0, -1), 'CONTAINER_BLOCK_TRUNCATED'],
      'another sync marker': [
        Buffer.concat([head, block.subarray(0, -1), Buffer.of(0)]),
        'CONTAINER_SYNC_MISMATCH',
      ],
      'a negative count': [
        Buffer.concat([head, long(-1), long(0), sync]),
        'CONTAINER_BLOCK_INVALID',
      ],
      'a negative size': [
        Buffer.concat([head, long(1), long(-5), sync]),
        'CONTAINER_BLOCK_INVALID',
      ],
      'a size of many gigabytes': [
        Buffer.concat([head, long(1), long(2 ** 40)]),
        'CONTAINER_BLOCK_TOO_LARGE',
      ],
      'a record that ends early': [broken(Buffer.of(8, 65)), 'CONTAINER_BLOCK_INVALID'],
      'bytes after the last record': [broken(Buffer.of(0, 0, 0)), 'CONTAINER_BLOCK_INVALID'],
      'more records than bytes': [broken(Buffer.of(0, 0), 2 ** 50), 'CONTAINER_BLOCK_INVALID'],
      'what is not deflated': [broken(Buffer.of(7, 7, 7), 1, 'deflate'), 'CONTAINER_BLOCK_INVALID'],
      'what is not zstandard': [broken(Buffer.of(7, 7), 1, 'zstandard'), 'CONTAINER_BLOCK_INVALID'],
      'what is not snappy': [broken(Buffer.alloc(0), 1, 'snappy'), 'CONTAINER_BLOCK_INVALID'],
      'a snappy block that claims gigabytes': [
        broken(Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0), 1, 'snappy'),
        'CONTAINER_BLOCK_INVALID',
      ],
      'a snappy block with a wrong checksum': [
        broken(Buffer.concat([Buffer.of(2, 4, 0, 0), Buffer.alloc(4)]), 1, 'snappy'),
        'CONTAINER_BLOCK_INVALID',
      ],
    };
    for (const [what, [bytes, code]] of Object.entries(cases)) {
      test(what, async () => assert.equal(await codeOf(apply(bytes)), code));
    }

    test('a small block that grows beyond the limit', async () => {
      const bomb = deflateRawSync(Buffer.alloc(100_000));
      const options = { limits: { blockBytes: 50_000 } };
      assert.equal(
        await codeOf(apply(broken(bomb, 1, 'deflate'), options)),
        'CONTAINER_BLOCK_INVALID',
      );
      const plain = broken(Buffer.alloc(60_000));
      assert.equal(await codeOf(apply(plain, options)), 'CONTAINER_BLOCK_TOO_LARGE');
    });

    test('mutated files give a code or a result, never another error', async () => {
      const random = new Random(5);
      for (let round = 0; round < 400; round++) {
        const codec = codecs[random.below(4)]!;
        const bytes = container(codec, [[person(1), person(2)], [person(3)]]);
        for (let change = random.below(3); change >= 0; change--) {
          bytes[random.below(bytes.length)] = random.below(256);
        }
        await codeOf(apply(bytes.subarray(0, bytes.length - random.below(2) * random.below(40))));
      }
    });
  });
});

describe('containers of others', { skip: !existsSync(folder) }, () => {
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.avro'))
    : [];

  for (const file of files) {
    const source = readFileSync(`${folder}/${file}`);

    test(`${file}: all leaves kept, all values equal`, async () => {
      const { summary, bytes } = await apply(source);
      const values = await avscValues(source);
      assert.equal(summary.written, values.length);
      assert.deepEqual(await avscValues(bytes), values);
    });

    test(`${file}: all leaves suppressed, then pseudonymized where the type allows`, async () => {
      const { records, header, bytes } = await contents(source);
      const { steps } = compile({ schema: header.schema, rules: suppressAll });
      const fields = Object.fromEntries(
        steps
          .filter(({ input }) => ['string', 'bytes', 'int', 'long'].includes(input.kind))
          .map(({ path, input }) => {
            const output = 'logical' in input ? { output: 'text' } : {};
            return [path, { technique: 'pseudonymize', ...output }];
          }),
      );
      for (const rules of [suppressAll, parseRules({ unclassified: 'suppress', fields })]) {
        const result = await apply(source, { rules });
        assert.equal(result.summary.written, records);
        assert.equal((await avscValues(result.bytes)).length, records);
        const rewritten = await contents(result.bytes);
        if (bytes.length > records) assert.notDeepEqual(rewritten.bytes, bytes);
      }
    });
  }

  test('are there', () => assert.ok(files.length >= 10));
});

describe('measuring', () => {
  test('finds where each record ends, whatever the text in it is', () => {
    const plan = compile({ schema, rules: keepAll });
    const rewriter = linkAvro(plan, keys, limits);
    const bytes = Buffer.concat([person(1), Buffer.from([2, 0xff, 0]), Buffer.alloc(16)]);
    const first = rewriter.measure(bytes, 0, bytes.length - 16);
    assert.equal(first, person(1).length);
    assert.equal(rewriter.measure(bytes, first, bytes.length - 16), bytes.length - 16);
    assert.ok(rewriter.measure(bytes, first, first + 1) < 0);
  });
});
