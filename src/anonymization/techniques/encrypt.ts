import type { Technique } from './technique.ts';
import type { LeafType } from '../schema/tree.ts';
import { effect, notApplicable } from './applicability.ts';
import { associatedData, plaintextSpans, sealColumn } from './sealed-value.ts';
import { valueTypeOf } from './value-type.ts';

/** What an encrypted leaf becomes: bytes stay bytes (without their logical type), all else is base64url text. */
export function sealedLeaf(leaf: LeafType): LeafType {
  return leaf.kind === 'bytes' || leaf.kind === 'fixed' ? { kind: 'bytes' } : { kind: 'string' };
}

/**
 * AES-SIV with a nonce (RFC 5297 §3); domain, path and key version are associated data. The nonce is derived from the record coordinates and
 * the row's ordinal in its record, or from the value alone where there are none; it is embedded, so that opening needs no coordinates.
 */
export const encrypt: Technique<'encrypt'> = {
  name: 'encrypt',
  group: 'cryptographic',
  check(_spec, leaf) {
    if (leaf.kind === 'null') return notApplicable('encrypt', leaf, 'use keep');
    return effect(sealedLeaf(leaf), { deterministic: false, reversible: true, injective: true });
  },
  link({ domain = '' }, { keys, path, input, output }) {
    const type = valueTypeOf(input);
    const purpose = { domain, technique: 'encrypt', type } as const;
    const version = keys.current;
    const siv = keys.siv(purpose);
    const byPlace = keys.prf({ ...purpose, detail: path });
    const byValue = keys.mac({ ...purpose, detail: path });
    const associated = associatedData({ ...purpose, path }, version);
    const asText = output.kind === 'string';
    return (column, out, { topic, partition, offsets }) => {
      const { count, records } = column;
      const plain = plaintextSpans(column, input);
      const nonces = new Int32Array(count * 4);
      if (topic === null) byValue.tags(plain, nonces);
      else byPlace.rows({ topic, partition, offsets }, records, count, true, nonces);
      sealColumn(siv, version, associated, nonces, plain, { out, asText });
    };
  },
};
