import type { TechniqueSpec } from '../../../anonymization/rules/technique-spec.ts';
import { textForm, type Expectation } from './form.ts';

type Spec = Extract<TechniqueSpec, { technique: 'mask' }>;

/**
 * A masked text: between what may stay at both ends there is nothing but the mask character. A text too short to hide half of it is masked
 * whole. Separators are not counted.
 */
export function maskedForm({ keepFirst, keepLast, character, ignore }: Spec): Expectation {
  const separators = new Set(ignore);
  const hides = !separators.has(character);
  return textForm((text) => {
    const counted = Array.from(text).filter((one) => !separators.has(one));
    // Where the mask is itself a separator, only what was kept is left to count.
    if (!hides) return counted.length <= keepFirst + keepLast;
    const hidden = counted.length - keepFirst - keepLast;
    const whole = hidden * 2 < counted.length;
    return counted
      .slice(whole ? 0 : keepFirst, whole ? counted.length : counted.length - keepLast)
      .every((one) => one === character);
  });
}
