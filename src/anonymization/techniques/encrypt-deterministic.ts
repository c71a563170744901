import type { Technique } from './technique.ts';
import { effect, notApplicable } from './applicability.ts';
import { sealedLeaf } from './encrypt.ts';
import { associatedData, plaintextSpans, sealColumn } from './sealed-value.ts';
import { valueTypeOf } from './value-type.ts';

/**
 * AES-SIV without a nonce: equal values under one domain are equal, in every field and topic. Domain and key version are associated data.
 * Refused on booleans and enums, whose few values could be told apart by their frequency.
 */
export const encryptDeterministic: Technique<'encrypt-deterministic'> = {
  name: 'encrypt-deterministic',
  group: 'cryptographic',
  check(_spec, leaf) {
    if (leaf.kind === 'null' || leaf.kind === 'boolean' || leaf.kind === 'enum') {
      return notApplicable(
        'encrypt-deterministic',
        leaf,
        'use encrypt, suppress, constant or keep',
      );
    }
    return effect(sealedLeaf(leaf), { reversible: true, injective: true });
  },
  link({ domain = '' }, { keys, path, input, output }) {
    const type = valueTypeOf(input);
    const purpose = { domain, technique: 'encrypt-deterministic', type } as const;
    const version = keys.current;
    const siv = keys.siv(purpose);
    const associated = associatedData({ ...purpose, path }, version);
    const asText = output.kind === 'string';
    return (column, out) =>
      sealColumn(siv, version, associated, null, plaintextSpans(column, input), { out, asText });
  },
};
