import { createHmac, createSecretKey } from 'node:crypto';
import avsc from 'avsc';
import { KeyRing } from '../src/anonymization/crypto/key-ring.ts';
import { link } from '../src/anonymization/formats/link.ts';
import { defaultRecordLimits } from '../src/anonymization/formats/limits.ts';
import { Packer } from '../src/anonymization/formats/pack.ts';
import type { Rewriter } from '../src/anonymization/formats/rewriter.ts';
import { compile } from '../src/anonymization/plan/compile.ts';
import type { Rules } from '../src/anonymization/rules/rules.ts';
import { techniqueSpecSchema } from '../src/anonymization/rules/technique-spec.ts';
import type { Customer } from './customer.ts';
import { customerSchema, makeCustomer } from './customer.ts';
import type { Report } from './report.ts';

const key = Buffer.alloc(32, 7);
/** A key object: a Buffer as key is imported anew at each call, about five times slower on this Node. */
const hmacKey = createSecretKey(key);
const nowhere = { topic: null, partition: 0, offsets: new Float64Array(0) };
const rounds = 15;
/** Records per measured round of a variant: long enough for the clock, short enough to interleave. */
const recordsPerRound = { fast: 40_000, slow: 4_000 };

const rules: Rules = {
  unclassified: 'refuse',
  precedence: [],
  inlineTechniques: 'forbid',
  global: {
    tags: new Map([['PII', techniqueSpecSchema.parse({ technique: 'pseudonymize' })]]),
    fields: [],
  },
  route: { tags: new Map(), fields: [] },
};

interface Variant {
  readonly name: string;
  readonly records: number;
  /** Handles all records of the batch once. */
  readonly once: () => void;
}

/**
 * One thread, one schema, batches of 500 and of 5,000 records: the engine against what a program around a codec does. Variants take turns in
 * every round, and the best round of each counts, so that a busy machine slows all alike.
 */
export function run(): Promise<Report> {
  const type = avsc.Type.forSchema(structuredClone(customerSchema) as unknown as avsc.Schema);
  const results = [500, 5000].map((records) => measure(records, type));
  return Promise.resolve({
    name: 'engine',
    title: 'Engine: 12-field Avro record, 6 fields pseudonymized, one thread',
    rows: results.flatMap(({ rows }) => rows),
    claims: results.flatMap(({ claims }) => claims),
    notes: [
      'decode: avsc decode alone; decode + HMAC + encode: avsc, one createHmac (with a key object, the fast way) for each protected value, avsc',
      'engine: every check on (lengths, UTF-8 of every string, limits), packed batch in, packed batch out',
      `${rounds} interleaved rounds, best round of each variant`,
    ],
  });
}

function measure(records: number, type: avsc.Type): Pick<Report, 'rows' | 'claims'> {
  const buffers = Array.from({ length: records }, (_, index) => type.toBuffer(makeCustomer(index)));
  const variants = variantsOf(buffers, type);
  const best = new Map(variants.map(({ name }) => [name, Infinity]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, once, records: total } of variants) {
      const times = Math.max(1, Math.round(total / records));
      const started = process.hrtime.bigint();
      for (let time = 0; time < times; time++) once();
      const each = Number(process.hrtime.bigint() - started) / (times * records);
      best.set(name, Math.min(best.get(name)!, each));
    }
  }
  const engine = best.get('engine')!;
  const bytes = buffers.reduce((sum, one) => sum + one.length, 0) / records;
  return {
    rows: [...best].map(([variant, nanoseconds]) => ({
      batch: records,
      variant,
      'ns/record': Math.round(nanoseconds),
      'records/s': Math.round(1e9 / nanoseconds),
      'bytes/record': Math.round(bytes),
    })),
    claims: [
      claim(
        `engine / (decode + HMAC + encode), batch ${records}`,
        best.get('decode + HMAC + encode')! / engine,
        12,
      ),
      claim(`engine / decode, batch ${records}`, best.get('decode')! / engine, 1),
    ],
  };
}

function claim(text: string, measured: number, wanted: number): Report['claims'][number] {
  return { claim: text, measured, wanted, holds: measured >= wanted };
}

function variantsOf(buffers: readonly Buffer[], type: avsc.Type): readonly Variant[] {
  const rewriter = linkCustomer();
  const packer = new Packer();
  for (const buffer of buffers) packer.add(buffer);
  const packed = packer.packed();
  const { outcomes } = rewriter.rewrite(packed, nowhere);
  if (outcomes.subarray(0, packed.count).some((one) => one !== 0)) {
    throw new Error('the engine does not write every record');
  }
  return [
    {
      name: 'decode',
      records: recordsPerRound.fast,
      once: () => {
        for (const buffer of buffers) type.fromBuffer(buffer);
      },
    },
    {
      name: 'engine',
      records: recordsPerRound.fast,
      once: () => {
        rewriter.rewrite(packed, nowhere);
      },
    },
    {
      name: 'decode + HMAC + encode',
      records: recordsPerRound.slow,
      once: () => {
        for (const buffer of buffers) type.toBuffer(hash(type.fromBuffer(buffer) as Customer));
      },
    },
  ];
}

function linkCustomer(): Rewriter {
  const plan = compile({ schema: JSON.stringify(customerSchema), rules });
  return link(plan, KeyRing.fromRootKeys(new Map([['v1', key]]), 'v1'), defaultRecordLimits);
}

function hash(customer: Customer): Customer {
  customer.email = token(customer.email);
  customer.firstName = token(customer.firstName);
  customer.lastName = token(customer.lastName);
  if (customer.phone !== null) customer.phone = token(customer.phone);
  customer.address.street = token(customer.address.street);
  customer.address.zip = token(customer.address.zip);
  return customer;
}

function token(value: string): string {
  return createHmac('sha256', hmacKey).update(value).digest('base64url').slice(0, 22);
}
