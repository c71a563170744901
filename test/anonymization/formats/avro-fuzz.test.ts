/**
 * Seeded byte mutation of valid records: whatever the bytes are, the engine does not crash, neighbours are not touched, and no value of
 * a protected leaf gets through. `LETHE_FUZZ_RECORDS` sets how many mutated records are tried.
 */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { applyContainer } from '../../../src/anonymization/formats/avro/container.ts';
import { containerCodec } from '../../../src/anonymization/formats/avro/container-codec.ts';
import {
  renderBlock,
  renderHeader,
} from '../../../src/anonymization/formats/avro/container-file.ts';
import { applyJsonLines } from '../../../src/anonymization/formats/avro/json-lines.ts';
import type { AvroRewriter } from '../../../src/anonymization/formats/avro/rewriter.ts';
import { linkAvro } from '../../../src/anonymization/formats/avro/rewriter.ts';
import { compile } from '../../../src/anonymization/plan/compile.ts';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';
import { isLetheError } from '../../../src/foundation/errors.ts';
import { avscType } from './avro/avsc-types.ts';
import { keys, Random, rewriteAll } from './avro/engine.ts';

const total = Number(process.env['LETHE_FUZZ_RECORDS'] ?? 120_000);
const limits = { recordBytes: 4096, depth: 16, items: 500 };
const batch = 200;

/** Every leaf that can hold it has it, and every leaf is protected: so wherever mutation moves it, it must not come out. */
const canary = 'CANARY~7f3a~value';

const rules = parseRules({
  unclassified: 'suppress',
  tags: { TEXT: { technique: 'pseudonymize' } },
});

const text = { type: 'string', lethe: 'TEXT' };

const schemas: Readonly<Record<string, { readonly schema: unknown; readonly value: unknown }>> = {
  flat: {
    schema: fields({
      t0: text,
      b: 'bytes',
      i: 'int',
      l: 'long',
      f: 'float',
      d: 'double',
      t1: text,
      z: 'boolean',
    }),
    value: {
      t0: canary,
      b: Buffer.from(canary),
      i: 7,
      l: 2 ** 40,
      f: 0.5,
      d: 0.25,
      t1: `x${canary}`,
      z: true,
    },
  },
  unions: {
    schema: fields({
      t0: ['null', text],
      u: ['null', 'string', 'long', 'bytes'],
      v: ['double', { type: 'array', items: 'string' }],
      t1: text,
    }),
    value: {
      t0: { string: canary },
      u: { bytes: Buffer.from(canary) },
      v: { array: [canary, ''] },
      t1: canary,
    },
  },
  collections: {
    schema: fields({
      a: { type: 'array', items: 'string' },
      m: { type: 'map', values: 'string' },
      n: { type: 'array', items: { type: 'map', values: ['null', text] } },
      t: text,
    }),
    value: {
      a: [canary, canary],
      m: { [canary]: canary },
      n: [{ [canary]: { string: canary } }, {}],
      t: canary,
    },
  },
  recursive: {
    schema: {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 't', type: text },
        { name: 'x', type: { type: 'fixed', name: 'Fixed', size: canary.length } },
        { name: 'next', type: ['null', 'Node'] },
        { name: 'more', type: { type: 'array', items: 'Node' } },
      ],
    },
    value: {
      t: canary,
      x: Buffer.from(canary),
      next: { Node: { t: canary, x: Buffer.from(canary), next: null, more: [] } },
      more: [{ t: canary, x: Buffer.from(canary), next: null, more: [] }],
    },
  },
};

function fields(types: Readonly<Record<string, unknown>>): unknown {
  return {
    type: 'record',
    name: 'R',
    fields: Object.entries(types).map(([name, type]) => ({ name, type })),
  };
}

const interesting = [0, 1, 2, 3, 4, 0x7e, 0x7f, 0x80, 0x81, 0xc3, 0xed, 0xfe, 0xff];

/** One to four changes: set, flip, insert, take out, cut, repeat a piece. */
function mutate(bytes: Buffer, random: Random): Buffer {
  let mutated = Buffer.from(bytes);
  for (let change = random.below(4); change >= 0; change--) {
    const at = random.below(mutated.length + 1);
    const to = Math.min(mutated.length, at + random.below(8));
    const before = mutated.subarray(0, at);
    switch (random.below(6)) {
      case 0:
        if (at < mutated.length) mutated[at] = interesting[random.below(interesting.length)]!;
        break;
      case 1:
        if (at < mutated.length) mutated[at]! ^= 1 << random.below(8);
        break;
      case 2:
        mutated = Buffer.concat([before, Buffer.of(random.below(256)), mutated.subarray(at)]);
        break;
      case 3:
        mutated = Buffer.concat([before, mutated.subarray(to)]);
        break;
      case 4:
        if (random.below(4) === 0) mutated = Buffer.from(before);
        break;
      case 5:
        mutated = Buffer.concat([mutated.subarray(0, to), mutated.subarray(at)]);
        break;
    }
  }
  return mutated;
}

function checkMeasure(rewriter: AvroRewriter, value: Buffer): void {
  const padded = Buffer.concat([value, Buffer.alloc(16)]);
  assert.equal(rewriter.measure(padded, 0, value.length), value.length);
}

describe('mutated records', () => {
  for (const [name, { schema, value }] of Object.entries(schemas)) {
    test(`neither crash nor leak: ${name}`, () => {
      const declared = JSON.stringify(schema);
      const plan = compile({ schema: declared, rules });
      const rewriter = linkAvro(plan, keys, limits);
      const source = avscType(declared).toBuffer(value);
      const target = avscType(plan.outputSchema);
      const [whole] = rewriteAll(rewriter, [source]);
      assert.equal(whole!.code, 'WRITTEN');
      const random = new Random(name.length);
      const outcomes = new Map<string, number>();
      const rounds = Math.ceil(total / Object.keys(schemas).length / batch);
      for (let round = 0; round < rounds; round++) {
        const values = Array.from({ length: batch }, (_, index) =>
          index % 50 === 49 ? source : mutate(source, random),
        );
        rewriteAll(rewriter, values).forEach(({ code, bytes }, index) => {
          outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
          if (index % 50 === 49) assert.deepEqual(bytes, whole!.bytes);
          if (code !== 'WRITTEN') {
            assert.equal(bytes?.length, 0);
            return;
          }
          assert.ok(!bytes!.includes(canary), 'the canary got through');
          if (index % 10 === 0) {
            checkMeasure(rewriter, values[index]!);
            target.fromBuffer(bytes!);
          }
        });
      }
      // Both ways must be taken often, or nothing was tried.
      const written = outcomes.get('WRITTEN') ?? 0;
      const tried = rounds * batch;
      assert.ok(written > tried * 0.05 && written < tried * 0.9, JSON.stringify([...outcomes]));
      assert.ok(outcomes.size >= 5, JSON.stringify([...outcomes]));
    });
  }
});

async function collect(
  apply: (write: (chunk: Uint8Array) => Promise<void>) => Promise<unknown>,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await apply((chunk) => {
    chunks.push(Uint8Array.from(chunk));
    return Promise.resolve();
  });
  return Buffer.concat(chunks);
}

describe('mutated files', () => {
  test('of JSON lines neither crash nor leak', async () => {
    const { schema, value } = schemas['collections']!;
    const declared = JSON.stringify(schema);
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    assert.ok(line.includes(canary));
    const random = new Random(11);
    const lines = Array.from({ length: Math.ceil(total / 10) }, () => mutate(line, random));
    let written = 0;
    const bytes = await collect(async (write) => {
      const summary = await applyJsonLines(Readable.from([...lines, line]), write, {
        schema: { text: declared },
        rules,
        keys,
        limits,
      });
      ({ written } = summary);
      assert.ok(Object.keys(summary.quarantined).length >= 3, JSON.stringify(summary));
    });
    assert.ok(written > lines.length * 0.05);
    assert.ok(!bytes.includes(canary), 'the canary got through');
  });

  test('of blocks are refused with a code or give no value away', async () => {
    const { schema, value } = schemas['recursive']!;
    const declared = JSON.stringify(schema);
    const record = avscType(declared).toBuffer(value);
    const random = new Random(12);
    const codes = new Map<string, number>();
    for (let round = 0; round < Math.ceil(total / 200); round++) {
      const name = (['null', 'deflate', 'snappy', 'zstandard'] as const)[random.below(4)]!;
      const header = { schema: declared, codec: containerCodec(name), sync: new Uint8Array(16) };
      const block = renderBlock(header, { records: 2, content: Buffer.concat([record, record]) });
      const head = renderHeader(header);
      const file = Buffer.concat([head, mutate(Buffer.from(block), random)]);
      const bytes = await collect(async (write) => {
        try {
          await applyContainer(Readable.from([file]), write, { rules, keys, limits });
          codes.set('read', (codes.get('read') ?? 0) + 1);
        } catch (error) {
          if (!isLetheError(error)) throw error;
          codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
        }
      });
      assert.ok(!bytes.includes(canary), 'the canary got through');
    }
    assert.ok(codes.size >= 4, JSON.stringify([...codes]));
  });
});
