import assert from 'node:assert/strict';
import { KeyRing } from '../../../src/anonymization/crypto/key-ring.ts';
import { techniqueSpecSchema } from '../../../src/anonymization/rules/technique-spec.ts';
import type { TechniqueSpec } from '../../../src/anonymization/rules/technique-spec.ts';
import type { LeafType } from '../../../src/anonymization/schema/tree.ts';
import { shapeOf } from '../../../src/anonymization/schema/tree.ts';
import { check, link } from '../../../src/anonymization/techniques/catalogue.ts';
import { Replacements } from '../../../src/anonymization/techniques/column.ts';
import type { Coordinates } from '../../../src/anonymization/techniques/column.ts';
import type { Effect } from '../../../src/anonymization/techniques/technique.ts';
import { columnOf, resultsOf } from './columns.ts';
import { reference } from './reference.ts';
import type { ReferenceResult, ReferenceValue } from './reference.ts';

export const roots: ReadonlyMap<string, Uint8Array> = new Map([
  ['2026-10', Uint8Array.from({ length: 32 }, (_, i) => i)],
  ['2026-11', Uint8Array.from({ length: 32 }, (_, i) => 255 - i * 3)],
]);
export const current = '2026-11';
export const keys = KeyRing.fromRootKeys(roots, current);

/** Where a test's rows come from. Rows are records unless `records` says otherwise. */
export interface Setting {
  readonly path?: string;
  readonly records?: readonly number[];
  /** Topic, partition and the offset of record 0; omitted in library use. */
  readonly place?: { readonly topic: string; readonly partition: number; readonly first: number };
  /** The subject of each record, null where it has none. */
  readonly subjects?: {
    readonly leaf: LeafType;
    readonly values: readonly (ReferenceValue | null)[];
  };
}

/** A spec as an operator writes it, filled as the compiler fills it. */
export function specOf(written: Readonly<Record<string, unknown>>): TechniqueSpec {
  const keyed = /^(?:pseudonymize|encrypt.*|shift-date)$/.test(String(written['technique']));
  return techniqueSpecSchema.parse(keyed ? { domain: 'test.domain', ...written } : written);
}

/** The effect of a spec that must fit. */
export function effectOf(spec: TechniqueSpec, leaf: LeafType, nullable = false): Effect {
  const result = check(spec, leaf, nullable);
  assert.ok('output' in result, `refused: ${JSON.stringify(result)}`);
  return result;
}

/** The problem codes of a spec that must not fit; the text names the technique's remedy, so it is never empty. */
export function refusalOf(
  spec: TechniqueSpec,
  leaf: LeafType,
  nullable = false,
): readonly string[] {
  const result = check(spec, leaf, nullable);
  assert.ok(!('output' in result), 'accepted');
  assert.ok(result.every((problem) => problem.message.length > 10));
  return result.map((problem) => problem.code);
}

/** What the engine does to a column of values. */
export function transform(
  spec: TechniqueSpec,
  leaf: LeafType,
  values: readonly ReferenceValue[],
  setting: Setting = {},
): readonly ReferenceResult[] {
  const { output } = effectOf(spec, leaf, true);
  const records = setting.records ?? values.map((_, i) => i);
  const column = columnOf(leaf, values, records);
  const out = new Replacements(shapeOf(output));
  const apply = link(spec, { keys, path: setting.path ?? 'a.b', input: leaf, output });
  const { place, subjects } = setting;
  const recordCount = (records.at(-1) ?? -1) + 1;
  const where: Coordinates = {
    topic: place?.topic ?? null,
    partition: place?.partition ?? 0,
    offsets: Float64Array.from({ length: place ? recordCount : 0 }, (_, i) => place!.first + i),
  };
  let companion = null;
  if (subjects !== undefined) {
    const present = subjects.values.flatMap((value, i) => (value === null ? [] : [i]));
    const rowOf = new Int32Array(recordCount).fill(-1);
    for (const [row, record] of present.entries()) rowOf[record] = row;
    const subjectColumn = columnOf(
      subjects.leaf,
      present.map((i) => subjects.values[i]!),
      present,
    );
    companion = { column: subjectColumn, rowOf };
  }
  // Twice: the second call reuses arrays that hold the first one's results.
  for (let i = 0; i < 2; i++) {
    out.prepare(column.count);
    apply(column, out, where, companion);
  }
  return resultsOf(out, output, column.count);
}

/** Asserts that the engine does to the column what the reference does to each value. */
export function agree(
  spec: TechniqueSpec,
  leaf: LeafType,
  values: readonly ReferenceValue[],
  setting: Setting = {},
): void {
  const records = setting.records ?? values.map((_, i) => i);
  const { place, subjects } = setting;
  const expected = values.map((value, row) => {
    const record = records[row]!;
    const coordinates =
      place === undefined
        ? null
        : {
            topic: place.topic,
            partition: place.partition,
            offset: place.first + record,
            ordinal: row - records.indexOf(record),
          };
    return reference(spec, leaf, value, {
      keys: { roots, current },
      path: setting.path ?? 'a.b',
      coordinates,
      companion: subjects?.values[record] ?? null,
    });
  });
  assert.deepEqual(transform(spec, leaf, values, setting), expected);
}
