import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { detectorNames } from '../../../src/assurance/leak-audit/detectors/detector.ts';
import { detectors } from '../../../src/assurance/leak-audit/detectors/detectors.ts';
import { Random } from '../../anonymization/formats/avro/engine.ts';
import type { DetectorName } from '../../../src/assurance/leak-audit/detectors/detector.ts';

const found: Readonly<Record<DetectorName, readonly string[]>> = {
  email: [
    'ada@lovelace.org',
    'write to Ada.Lovelace+news@mail.example.co.uk, please',
    '<jürgen@bücher.de>',
    'mailto:x_y@xn--bcher-kva.example',
  ],
  phone: [
    '+4915112345678',
    'call +1 (212) 555-0123 now',
    '+44 20 7946 0958',
    'tel:+352 27 00 00 00',
  ],
  iban: [
    'DE89370400440532013000',
    'pay to DE89 3704 0044 0532 0130 00, thanks',
    'GB29NWBK60161331926819',
    'FR1420041010050500013M02606',
    'NO9386011117947',
  ],
  'payment-card': [
    '4111111111111111',
    'card 4111 1111 1111 1111 expires',
    '5555-5555-5555-4444',
    '378282246310005',
    '3782 822463 10005',
    '6011111111111117',
    '3530111333300000',
    '2223003122003222',
  ],
  'ip-address': [
    '203.0.113.77',
    'from 10.1.2.3.',
    '[2001:db8::8a2e:370:7334]',
    'peer 2001:0db8:85a3:0000:0000:8a2e:0370:7334',
    '::ffff:203.0.113.77',
  ],
  'us-ssn': ['078-05-1120', 'SSN 219-09-9999.'],
  'national-id': [
    '255081416802538',
    '2 55 08 14 168 025 38',
    'RSSMRA85T10A562S',
    '131052-308T',
    '11010519491231002X',
  ],
  secret: [
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    'key AKIAIOSFODNN7EXAMPLE here',
    `ghp_${'a1B2'.repeat(9)}`,
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
  ],
};

const passed: Readonly<Record<DetectorName, readonly string[]>> = {
  email: [
    'abcdefghij234567@example.invalid',
    'user@host',
    'at @ sign',
    '3 @ 5.00',
    '@handle.name',
    'a@b.c',
  ],
  phone: ['+12', '4915112345678', '+0123456789', 'a+4915112345678', '2+2=4', '+99912345678'],
  iban: [
    'DE88370400440532013000',
    'DE8937040044053201300',
    'XX89370400440532013000',
    'de89370400440532013000',
    'ADE89370400440532013000',
  ],
  'payment-card': [
    '4111111111111112',
    '411111111111111',
    '41111111111111111',
    '0.4111111111111111',
    'x4111111111111111',
    '1234567812345670',
    '4111-1111 1111-1111',
    '00000000-4111-1111-1111-111111111111',
  ],
  'ip-address': [
    '127.0.0.1',
    '::1',
    '0.0.0.0',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '12:34:56',
    'aa:bb:cc:dd:ee:ff',
    'add::bad',
    'v1.2.3.4',
  ],
  'us-ssn': [
    '078051120',
    '000-12-3456',
    '666-12-3456',
    '912-12-3456',
    '123-00-4567',
    '1-123-45-6789',
  ],
  'national-id': [
    '255081416802539',
    'RSSMRA85T10A562T',
    '131052-308U',
    '110105194912310021',
    '991332-308T',
  ],
  secret: ['eyJhbGciOiJIUzI1NiJ9', 'AKIA', 'ghp_short', '-----BEGIN PUBLIC KEY-----'],
};

describe('a detector', () => {
  for (const name of detectorNames) {
    for (const text of found[name])
      it(`${name} finds ${JSON.stringify(text.slice(0, 40))}`, () =>
        assert.equal(detectors[name](text), true));
    for (const text of passed[name])
      it(`${name} passes ${JSON.stringify(text.slice(0, 40))}`, () =>
        assert.equal(detectors[name](text), false));
  }
});

/** How often any of the detectors finds something in what a maker makes. */
function rate(count: number, make: () => string): number {
  let hits = 0;
  for (let round = 0; round < count; round++) {
    const text = make();
    if (detectorNames.some((name) => detectors[name](text))) hits++;
  }
  return hits / count;
}

describe('random text', () => {
  const random = new Random(0x1e7e);
  const from = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[random.below(alphabet.length)]).join('');
  const digits = '0123456789';
  const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const base64url = `${upper}${upper.toLowerCase()}${digits}-_`;

  it('of tokens (base64url, hexadecimal, UUID) is never found', () => {
    assert.equal(
      rate(20_000, () => from(base64url, 22)),
      0,
    );
    assert.equal(
      rate(20_000, () => from('0123456789abcdef', 32)),
      0,
    );
    assert.equal(
      rate(20_000, () => randomUUID()),
      0,
    );
    assert.equal(
      rate(20_000, () => `${from('abcdefghijklmnopqrstuvwxyz234567', 16)}@example.invalid`),
      0,
    );
  });

  it('of words and short numbers is never found', () => {
    assert.equal(
      rate(20_000, () => `${from(upper.toLowerCase(), 8)} ${from(digits, 8)}`),
      0,
    );
    assert.equal(
      rate(
        20_000,
        () =>
          `${from(digits, 4)}-${from(digits, 2)}-${from(digits, 2)}T${from(digits, 2)}:${from(digits, 2)}:00Z`,
      ),
      0,
    );
  });

  it('of 16 digits is a payment card at most 3 times in 100', () => {
    const found = rate(20_000, () => from(digits, 16));
    assert.ok(found > 0.01 && found < 0.03, String(found));
  });

  it('of 18 digits is an identity number at most once in 1,000', () => {
    const found = rate(20_000, () => from(digits, 18));
    assert.ok(found < 0.001, String(found));
  });

  it('of two letters and 20 digits is a bank account number at most once in 1,000', () => {
    const found = rate(20_000, () => from(upper, 2) + from(digits, 20));
    assert.ok(found < 0.001, String(found));
  });

  it('costs no more than its length, even where it is built to', () => {
    const hostile = [
      'a.'.repeat(50_000),
      `${'a'.repeat(100_000)}@`,
      '1-'.repeat(50_000),
      `+1${' 1'.repeat(50_000)}`,
      ':'.repeat(100_000),
      'DE '.repeat(33_000),
      'eyJ'.repeat(33_000),
      'a@a.'.repeat(25_000),
    ];
    const began = performance.now();
    for (const text of hostile) for (const name of detectorNames) detectors[name](text);
    // Backtracking would take minutes.
    assert.ok(performance.now() - began < 10_000);
  });
});
