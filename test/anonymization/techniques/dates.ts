import fc from 'fast-check';

/** Texts that are dates, nearly dates, and not dates. */
export const anyIsoText = fc.oneof(
  fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9998-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    .chain((date) =>
      fc
        .constantFrom(10, 16, 19, 23, 24)
        .chain((length) =>
          fc
            .constantFrom('', 'Z', 'z', '+02:00', '-1130', '+25:00')
            .map((zone) => date.toISOString().slice(0, length) + (length === 24 ? '' : zone)),
        ),
    ),
  fc.constantFrom(
    '2024-02-29',
    '2023-02-29',
    '2023-13-01',
    '2023-00-10',
    '2023-01-32',
    '2023-01-01T24:00:00Z',
    '2023-01-01T23:60Z',
    '2023-01-01T23:59:60Z',
    '2023-01-01 05:06',
    '2023-01-01t05:06:07,123z',
    '0000-01-01',
    '9999-12-31T23:59:59-12:00',
    '0000-01-01T00:30:00+01:00',
    '20230101',
    '2023-1-1',
    ' 2023-01-01',
    '2023-01-01\n',
    '２０２３-01-01',
    '',
    'x'.repeat(100),
  ),
  fc.string(),
);
