import assert from 'node:assert/strict';
import { Anonymizer } from '../../../src/anonymization/anonymizer.ts';
import { avroCodec, unframe } from '../../rig/avro.ts';
import type { ReadRecord } from '../../rig/client.ts';
import { orderOf } from './load.ts';
import { rulesOf, schema, type Release } from './setting.ts';

/** What a partition holds of which release: releases by their place in the list, and how many records each made. */
export type Stretches = readonly { readonly release: number; readonly records: number }[];

/**
 * Reads a partition of the sanitized topic as a claim about the raw one: numbers 0 to `sent` - 1, each once, in order; each record wholly made by
 * one of the releases, and never again by an older one than the record before it. What a release makes of a record is worked out
 * here with the library's own door, without streaming.
 */
export function judge(
  records: readonly ReadRecord[],
  sent: number,
  makers: readonly Maker[],
): Stretches {
  assert.deepEqual(
    records.map(({ headers }) => Number(String(headers['sequence']))),
    Array.from({ length: sent }, (_, sequence) => sequence),
    'each record is there once, and in order',
  );
  const made = makers.map((maker) => maker.all(sent));
  const stretches: { release: number; records: number }[] = [];
  for (const [sequence, { key, value }] of records.entries()) {
    const text = `${String(key)} ${value === null ? '' : unframe(value).payload.toString('base64')}`;
    const release = made.findIndex((all) => all[sequence] === text);
    assert.notEqual(release, -1, `record ${sequence} was made by no release as a whole`);
    const last = stretches.at(-1);
    if (last?.release === release) last.records++;
    else stretches.push({ release, records: 1 });
    assert.ok((last?.release ?? 0) <= release, `record ${sequence} was made by an older release`);
  }
  return stretches;
}

/** What one release makes of the numbered records. */
export class Maker {
  readonly #anonymizer: Anonymizer;
  readonly #input = avroCodec(schema);

  constructor(release: Release, root: Uint8Array) {
    this.#anonymizer = Anonymizer.compile({
      schema: { type: 'AVRO', text: schema },
      rules: rulesOf(release),
      keys: { roots: { [release.key]: root }, current: release.key },
    });
  }

  /** Key and payload of each, as text. A key has the token of the same person's field, since they share a domain. */
  all(count: number): readonly string[] {
    const output = avroCodec(this.#anonymizer.outputSchema);
    const payloads = Array.from({ length: count }, (_, i) => this.#input.encode(orderOf(i)));
    return this.#anonymizer.anonymize(payloads).map((outcome) => {
      if (outcome.status !== 'written' || outcome.value === null)
        throw new Error('The load holds a record that is refused');
      const { person } = output.decode(outcome.value) as { readonly person: string };
      return `${person} ${Buffer.from(outcome.value).toString('base64')}`;
    });
  }
}
