/** Numbers of persons whose date and check digits together leave little to chance. */
import { someMatch, type Detector } from './detector.ts';

const alone = (pattern: string): RegExp =>
  new RegExp(
    `(?<![\\p{L}\\p{N}_]|[\\p{L}\\p{N}_][-.])${pattern}(?![\\p{L}\\p{N}_]|[-.][\\p{L}\\p{N}])`,
    'gu',
  );

const french = alone(
  '[12] ?\\d{2} ?(?:0[1-9]|1[0-2]|20) ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3} ?\\d{2}',
);
const italian = alone('[A-Z]{6}\\d{2}[A-EHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]');
const finnish = alone('\\d{6}[-+A-F]\\d{3}[0-9A-Y]');
const chinese = alone(
  '[1-9]\\d{5}(?:19|20)\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])\\d{3}[\\dX]',
);

/** NIR of France, codice fiscale of Italy, henkilötunnus of Finland, resident identity number of China (GB 11643). */
export const nationalId: Detector = (text) =>
  someMatch(text, french, isFrench) ||
  someMatch(text, italian, isItalian) ||
  someMatch(text, finnish, isFinnish) ||
  someMatch(text, chinese, isChinese);

/** The last two digits are 97 less the rest by 97; the departments of Corsica count as 19 and 18. */
function isFrench(match: string): boolean {
  const plain = match.replaceAll(' ', '').replace('2A', '19').replace('2B', '18');
  return 97 - Number(BigInt(plain.slice(0, 13)) % 97n) === Number(plain.slice(13));
}

/** Weights of characters at odd places (Decreto Ministeriale 23 December 1976); letters count as the digits of their rank. */
const odd = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function isItalian(match: string): boolean {
  let sum = 0;
  for (const [at, character] of Array.from(match.slice(0, 15)).entries()) {
    const code = character.charCodeAt(0);
    const rank = code < 65 ? code - 48 : code - 65;
    sum += at % 2 === 0 ? odd[rank]! : rank;
  }
  return String.fromCharCode(65 + (sum % 26)) === match[15];
}

function isFinnish(match: string): boolean {
  const day = Number(match.slice(0, 2));
  const month = Number(match.slice(2, 4));
  if (day < 1 || day > 31 || month < 1 || month > 12) return false;
  const number = Number(match.slice(0, 6) + match.slice(7, 10));
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[number % 31] === match[10];
}

/** ISO 7064 MOD 11-2. */
function isChinese(match: string): boolean {
  let rest = 0;
  for (const digit of match.slice(0, 17)) rest = ((rest + Number(digit)) * 2) % 11;
  const check = (12 - rest) % 11;
  return (check === 10 ? 'X' : String(check)) === match[17];
}
