import { digitsOf, someMatch, type Detector } from './detector.ts';

/** In one piece, or in the groups that are printed on cards; not inside of a longer word, token, UUID or decimal fraction. */
const number =
  /(?<![\p{L}\p{N}_+]|[\p{L}\p{N}_][-.,])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\p{L}\p{N}_]|[-.,][\p{L}\p{N}_])/gu;

/** Issuer prefixes with the lengths that they have (ISO/IEC 7812; the schemes' public ranges). */
const schemes: readonly RegExp[] = [
  /^4(?:\d{15}|\d{18})$/, // Visa
  /^(?:5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12})$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^(?:6011|64[4-9]\d|65\d\d)\d{12}$/, // Discover
  /^35(?:2[89]|[3-8]\d)\d{12}$/, // JCB
  /^3(?:0[0-5]|[689]\d)\d{11}$/, // Diners Club
  /^62\d{14,17}$/, // UnionPay
];

/** A payment card number: prefix and length of an issuer, and the check digit of ISO/IEC 7812-1 (Luhn). */
export const paymentCard: Detector = (text) =>
  someMatch(text, number, (match) => {
    const digits = digitsOf(match);
    const plain = digits.join('');
    return schemes.some((scheme) => scheme.test(plain)) && luhn(digits);
  });

function luhn(digits: readonly number[]): boolean {
  let sum = 0;
  for (const [at, digit] of digits.toReversed().entries()) {
    const counted = at % 2 === 0 ? digit : digit * 2;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}
