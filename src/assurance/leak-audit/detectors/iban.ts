import { type Detector } from './detector.ts';

/**
 * What follows country and check digits, by country (SWIFT IBAN Registry): counts with `n` for digits, `a` for upper-case letters, `c` for
 * both.
 */
const registry =
  'AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BR23n1a1c BY4c4n16c CH5n12c CR18n CY8n16c CZ20n DE18n DK14n DO4c20n EE16n EG25n ES20n FI14n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n GR7n16c GT24c HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c LI5n12c LT16n LU3n13c LV4a13c MC10n11c2n MD20c ME18n MK3n10c2n MR23n MT4a5n18c MU4a19n3a NL4a10n NO11n PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n SA2n18c SC4a20n3a SE20n SI15n SK20n SM1a10n12c ST21n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n';

const classes = { n: '[0-9]', a: '[A-Z]', c: '[A-Z0-9]' } as const;

const countries: ReadonlyMap<string, RegExp> = new Map(
  registry.split(' ').map((entry) => {
    const parts = [...entry.slice(2).matchAll(/(\d+)([nac])/g)].flatMap(([, count = '', kind]) =>
      // Printed in groups of four, so that a single space may stand before every character.
      Array.from({ length: Number(count) }, () => ` ?${classes[kind as keyof typeof classes]}`),
    );
    return [entry.slice(0, 2), new RegExp(` ?\\d ?\\d${parts.join('')}(?![A-Za-z0-9_-])`, 'y')];
  }),
);

const begin = /(?<![A-Za-z0-9_-])[A-Z]{2}(?= ?\d)/g;

/** An International Bank Account Number with the right shape for its country and right check digits (ISO 13616, ISO 7064 MOD 97-10). */
export const iban: Detector = (text) => {
  for (const { 0: country, index } of text.matchAll(begin)) {
    const rest = countries.get(country);
    if (rest === undefined) continue;
    rest.lastIndex = index + 2;
    const found = rest.exec(text)?.[0];
    if (found !== undefined && remainder(country + found.replaceAll(' ', '')) === 1) return true;
  }
  return false;
};

/** Country and check digits go to the end, letters count 10 to 35. */
function remainder(text: string): number {
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4))
    for (const digit of Number.parseInt(character, 36).toString())
      rest = (rest * 10 + Number(digit)) % 97;
  return rest;
}
