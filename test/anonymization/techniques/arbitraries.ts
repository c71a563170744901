import fc from 'fast-check';

/** Text of every kind that matters: ASCII, Latin, combining marks (not NFC), other scripts, surrogate pairs, spaces. */
export const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        'e\u0301',
        'é',
        'Å',
        '\u212b',
        'ß',
        'ſ',
        'Σ',
        'ς',
        'İ',
        'ı',
        ' ',
        '\u00a0',
        '한',
        '\u1112\u1161\u11ab',
        '👍🏽',
        '𝒳',
        'a',
        'Z',
        '\u0344',
        '\ufb01',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

export const anyInt = fc.bigInt({ min: -(1n << 31n), max: (1n << 31n) - 1n });
export const anyLong = fc.oneof(
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.bigInt({ min: -10_000n, max: 10_000n }),
  fc.constantFrom(
    0n,
    (1n << 53n) - 1n,
    1n << 53n,
    -(1n << 53n),
    -(1n << 53n) - 1n,
    (1n << 63n) - 1n,
    -(1n << 63n),
  ),
);
export const anyBytes = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));

/** Columns of such values. */
export const listOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> =>
  fc.array(value, { maxLength: 30 });
