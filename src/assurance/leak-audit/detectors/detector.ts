/** What may be found in a text that passes. The names are words of the configuration. */
export const detectorNames = [
  'email',
  'phone',
  'iban',
  'payment-card',
  'ip-address',
  'us-ssn',
  'national-id',
  'secret',
] as const;

export type DetectorName = (typeof detectorNames)[number];

/** Whether something of its kind stands in the text. Answers yes or no, so that nothing of the text can get out. */
export type Detector = (text: string) => boolean;

/** Whether some match of a global pattern passes `valid`. */
export function someMatch(
  text: string,
  pattern: RegExp,
  valid: (match: string) => boolean,
): boolean {
  for (const [match] of text.matchAll(pattern)) if (valid(match)) return true;
  return false;
}

/** Digits alone, as numbers. */
export const digitsOf = (text: string): readonly number[] =>
  Array.from(text.replaceAll(/\D/g, ''), Number);
