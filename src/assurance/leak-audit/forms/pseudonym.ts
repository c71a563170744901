import type { TechniqueSpec } from '../../../anonymization/rules/technique-spec.ts';
import type { LeafType } from '../../../anonymization/schema/tree.ts';
import { bytesForm, form, textForm, type Expectation } from './form.ts';

type Spec = Extract<TechniqueSpec, { technique: 'pseudonymize' }>;

/** UUID version 8, variant 10 (RFC 9562 §5.8): what tokens have and raw UUIDs (versions 1 to 7) have not. */
const uuid8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** 128 bits in 22 characters of base64url leave four bits over, which are zero. */
const fullToken = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/** The form of a token, by the `output` of its rule. */
export function pseudonymForm(spec: Spec, input: LeafType): Expectation {
  const { length, keepEmpty } = spec;
  const text = (pattern: RegExp, blind = false): Expectation =>
    textForm((value) => (keepEmpty && value === '') || pattern.test(value), blind);
  switch (spec.output ?? usualOutput(input)) {
    case 'text':
      return text(
        length === undefined || length === 22
          ? fullToken
          : new RegExp(`^[A-Za-z0-9_-]{${length}}$`),
      );
    case 'hex':
      return text(new RegExp(`^[0-9a-f]{${length ?? 32}}$`));
    case 'email':
      return text(new RegExp(`^[a-z2-7]{${length ?? 16}}@example\\.invalid$`));
    case 'uuid':
      return text(uuid8);
    case 'bytes':
      return bytesToken(spec, input);
    case 'digits':
      // Digits to digits: a telephone number becomes what may be one.
      return text(/^(?=(?:\D*\d){6})[\d \-./()+:,_]+$/, true);
    case 'integer':
      return form((value) => typeof value === 'number' || typeof value === 'bigint', true);
  }
}

function bytesToken({ length, keepEmpty }: Spec, input: LeafType): Expectation {
  if (input.kind !== 'fixed')
    return bytesForm(
      ({ length: size }) => size === (length ?? 16) || (keepEmpty && size === 0),
      false,
    );
  const isUuid = input.logical?.name === 'uuid';
  // A fixed has its size whatever it holds; only a UUID shows its version.
  return bytesForm((bytes) => !isUuid || (bytes[6]! >> 4 === 8 && bytes[8]! >> 6 === 2), !isUuid);
}

/** What a rule without `output` writes. */
function usualOutput(input: LeafType): NonNullable<Spec['output']> {
  switch (input.kind) {
    case 'string':
      return input.logical?.name === 'uuid' ? 'uuid' : 'text';
    case 'bytes':
    case 'fixed':
      return 'bytes';
    case 'int':
    case 'long':
      return 'integer';
    case 'null':
    case 'boolean':
    case 'float':
    case 'double':
    case 'enum':
      return 'text';
  }
}
