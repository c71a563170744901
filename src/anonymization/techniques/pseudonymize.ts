import type { Problem } from '../../foundation/errors.ts';
import type { LeafType } from '../schema/tree.ts';
import type { TechniqueSpec } from '../rules/technique-spec.ts';
import type { Effect, LinkContext, Technique } from './technique.ts';
import type { Transform } from './column.ts';
import { effect, invalidParameter, logicalOf, notApplicable } from './applicability.ts';
import { pseudonymizeDigits } from './pseudonym-digits.ts';
import { pseudonymizeIntegers } from './pseudonym-integers.ts';
import { defaultLengths } from './pseudonym-lengths.ts';
import { pseudonymizeTokens } from './pseudonym-tokens.ts';

export type PseudonymizeSpec = Extract<TechniqueSpec, { technique: 'pseudonymize' }>;
export type PseudonymOutput = NonNullable<PseudonymizeSpec['output']>;

/** From this many bits on a token counts as unique: a collision is expected among 2^32 values only. */
const uniqueBits = 64;

/**
 * Keyed, deterministic token: AES-256-CMAC over the canonical form of the value, under a key of its domain and value type; FF1 where the
 * shape of a number must stay (`digits`, `integer`).
 *
 * Defaults: string → 22 characters of base64url, uuid → uuid, bytes → 16 bytes, fixed(n ≥ 8) → n bytes, int and long → integer of the
 * same width with its sign, float and double → text. Enums and booleans have too few values for a token to hide anything; dates, times and
 * decimals would be nonsense, so there the rule must ask for `text` or `hex`.
 */
export const pseudonymize: Technique<'pseudonymize'> = {
  name: 'pseudonymize',
  group: 'pseudonymization',
  check(spec, leaf) {
    const output = spec.output ?? defaultOutput(leaf);
    if (output === null) return refuse(leaf);
    return check(spec, output, leaf);
  },
  link(spec, context) {
    const output = spec.output ?? defaultOutput(context.input);
    if (output !== null) return link(spec, output, context);
    // Unreachable through a compiled plan, whose `check` refused this leaf.
    throw new TypeError('pseudonymize does not fit the leaf it is linked for');
  },
};

function defaultOutput(leaf: LeafType): PseudonymOutput | null {
  const logical = logicalOf(leaf);
  switch (leaf.kind) {
    case 'string':
      return logical === 'uuid' ? 'uuid' : 'text';
    case 'bytes':
      return logical === null ? 'bytes' : null;
    case 'fixed':
      return logical === null || logical === 'uuid' ? 'bytes' : null;
    case 'int':
    case 'long':
      return logical === null ? 'integer' : null;
    case 'float':
    case 'double':
      return 'text';
    case 'null':
    case 'boolean':
    case 'enum':
      return null;
  }
}

function check(
  spec: PseudonymizeSpec,
  output: PseudonymOutput,
  leaf: LeafType,
): Effect | readonly Problem[] {
  if (leaf.kind === 'null' || leaf.kind === 'boolean' || leaf.kind === 'enum') return refuse(leaf);
  if (leaf.kind !== 'string' && (spec.trim || spec.foldCase)) {
    return invalidParameter('leave out `trim` and `foldCase`: they are for text');
  }
  const { length } = spec;
  const text: LeafType = { kind: 'string' };
  switch (output) {
    case 'text':
      return token(text, (length ?? defaultLengths.text) * 6);
    case 'hex':
      return token(text, (length ?? defaultLengths.hex) * 4);
    case 'email':
      return token(text, (length ?? defaultLengths.email) * 5);
    case 'uuid':
      if (length !== undefined) return noLength(output);
      return token(leaf.kind === 'string' ? leaf : text, 122);
    case 'bytes':
      return checkBytes(length, leaf);
    case 'integer':
      if (length !== undefined) return noLength(output);
      if ((leaf.kind !== 'int' && leaf.kind !== 'long') || logicalOf(leaf) !== null) {
        return notApplicable('pseudonymize', leaf, 'use `output: integer` on plain int and long');
      }
      return effect(leaf, { reversible: true, injective: true });
    case 'digits':
      if (length !== undefined) return noLength(output);
      if (leaf.kind !== 'string' || logicalOf(leaf) !== null) {
        return notApplicable('pseudonymize', leaf, 'use `output: digits` on plain strings');
      }
      return effect(leaf, { reversible: true, injective: true });
  }
}

function checkBytes(length: number | undefined, leaf: LeafType): Effect | readonly Problem[] {
  const logical = logicalOf(leaf);
  if (leaf.kind === 'bytes' && logical === null) {
    return token(leaf, (length ?? defaultLengths.bytes) * 8);
  }
  if (leaf.kind === 'fixed' && (logical === null || logical === 'uuid')) {
    if (leaf.size < 8) {
      return notApplicable('pseudonymize', leaf, 'use `output: text`, suppress or encrypt');
    }
    if (length !== undefined && length !== leaf.size) {
      return invalidParameter(`leave out \`length\`, or make it ${leaf.size} as the fixed type`);
    }
    return token(leaf, leaf.size * 8);
  }
  return notApplicable('pseudonymize', leaf, 'use `output: bytes` on plain bytes and fixed');
}

function token(output: LeafType, bits: number): Effect {
  return effect(output, { injective: bits >= uniqueBits });
}

function noLength(output: PseudonymOutput): readonly Problem[] {
  return invalidParameter(`leave out \`length\`: the length of "${output}" is given by the value`);
}

function refuse(leaf: LeafType): readonly Problem[] {
  const remedy =
    leaf.kind === 'boolean' || leaf.kind === 'enum' || leaf.kind === 'null'
      ? 'use keep, suppress, constant or encrypt'
      : 'ask for `output: text` or `hex`, or use suppress, encrypt, or a generalization';
  return notApplicable('pseudonymize', leaf, remedy);
}

function link(spec: PseudonymizeSpec, output: PseudonymOutput, context: LinkContext): Transform {
  switch (output) {
    case 'text':
    case 'hex':
    case 'email':
    case 'uuid':
    case 'bytes':
      return pseudonymizeTokens(spec, output, context);
    case 'integer':
      return pseudonymizeIntegers(spec, context);
    case 'digits':
      return pseudonymizeDigits(spec, context);
  }
}
