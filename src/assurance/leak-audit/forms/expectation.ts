/** What the plan promises for a leaf, as something that a reader of the output can check. */
import type { PlanStep } from '../../../anonymization/plan/plan.ts';
import { addressBytes, isNetwork } from '../addresses.ts';
import { shiftedForm, truncatedForm } from './dates.ts';
import { constantForm, emptyForm } from './fixed-values.ts';
import { bytesForm, textForm, type Expectation } from './form.ts';
import { bucketForm, multiplesForm } from './grid.ts';
import { maskedForm } from './masked.ts';
import { pseudonymForm } from './pseudonym.ts';
import { sealedForm } from './sealed.ts';

/** By technique, from the rule's words alone. */
export function expectationOf({ technique: spec, input, output }: PlanStep): Expectation {
  switch (spec.technique) {
    case 'keep':
      return { kind: 'kept' };
    case 'drop-record':
      return { kind: 'absent' };
    case 'suppress':
      return spec.as === 'null' || spec.as === 'remove' ? { kind: 'absent' } : emptyForm(output);
    case 'constant':
      return constantForm(spec.value, output);
    case 'mask':
      return maskedForm(spec);
    case 'pseudonymize':
      return pseudonymForm(spec, input);
    case 'encrypt':
    case 'encrypt-deterministic':
      return sealedForm(spec.technique, input);
    case 'bucket':
      return bucketForm(spec, output);
    case 'round':
      return multiplesForm(spec.to, output);
    case 'truncate-date':
      return truncatedForm(spec.unit, output);
    case 'shift-date':
      return shiftedForm(output);
    case 'truncate-ip':
      return networkForm(spec.v4, spec.v6, output.kind === 'string');
  }
}

function networkForm(v4: number, v6: number, isText: boolean): Expectation {
  if (isText)
    return textForm((text) => {
      const bytes = addressBytes(text);
      return bytes !== null && isNetwork(bytes, v4, v6);
    });
  return bytesForm(
    (bytes) => (bytes.length === 4 || bytes.length === 16) && isNetwork(bytes, v4, v6),
  );
}
