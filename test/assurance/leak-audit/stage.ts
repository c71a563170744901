/** A schema with every kind of leaf and a rule for every technique, put through the real engine. */
import { Anonymizer } from '../../../src/anonymization/anonymizer.ts';
import { leafWalk } from '../../../src/assurance/leak-audit/avro/leaf-walk.ts';
import { readAvroSchema } from '../../../src/assurance/leak-audit/avro/schema.ts';
import type { LeafValue, Leaf } from '../../../src/assurance/leak-audit/leaf.ts';
import type { Plan } from '../../../src/anonymization/plan/plan.ts';
import { limits } from '../../anonymization/formats/avro/engine.ts';
import { avroCodec } from '../../rig/avro.ts';

const roots = { v1: new Uint8Array(32).fill(7) };

/** One field: its Avro type, its technique, and a raw value as avsc takes it. */
export interface Field {
  readonly type: unknown;
  readonly rule: Readonly<Record<string, unknown>>;
  readonly raw: unknown;
}

export interface Anonymized {
  readonly plan: Plan;
  readonly rawSchema: string;
  readonly raw: Buffer;
  readonly written: Buffer;
}

/** A record of these fields, before and after. */
export function anonymized(fields: Readonly<Record<string, Field>>): Anonymized {
  const rawSchema = JSON.stringify({
    type: 'record',
    name: 'Audited',
    fields: Object.entries(fields).map(([name, { type }]) => ({ name, type })),
  });
  const rules = {
    fields: Object.fromEntries(Object.entries(fields).map(([name, { rule }]) => [name, rule])),
  };
  const anonymizer = Anonymizer.compile({
    schema: { type: 'AVRO', text: rawSchema },
    rules,
    keys: { roots, current: 'v1' },
  });
  const values = Object.fromEntries(Object.entries(fields).map(([name, { raw }]) => [name, raw]));
  const raw = avroCodec(rawSchema).encode(values);
  const coordinates = { topic: 'raw.audited', partition: 0, offsets: [1] };
  const [outcome] = anonymizer.anonymize([raw], coordinates);
  if (outcome?.status !== 'written' || outcome.value === null)
    throw new Error(`The engine did not write the record: ${JSON.stringify(outcome)}`);
  return { plan: anonymizer.plan, rawSchema, raw, written: Buffer.from(outcome.value) };
}

/** Every leaf of a value, with its step. */
export function leaves(
  schema: string,
  plan: Plan | null,
  bytes: Buffer,
): readonly (readonly [Leaf, LeafValue])[] {
  const met: (readonly [Leaf, LeafValue])[] = [];
  leafWalk(readAvroSchema(schema, []), plan)(
    bytes,
    limits,
    (leaf, value) => void met.push([leaf, value]),
  );
  return met;
}
