import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agree, effectOf, refusalOf, specOf, transform } from './agreement.ts';
import { anyBytes, anyText, listOf } from './arbitraries.ts';
import { bytes, decimal, everyLeaf, fixed, int, text, uuid } from './leaves.ts';

const of = (parameters: object = {}) => specOf({ technique: 'truncate-ip', ...parameters });
const cut = (value: string, parameters: object = {}): unknown => {
  const [result] = transform(of(parameters), text, [value]);
  return result?.status === 'replaced' ? result.value : result?.status;
};
const prefixes = fc.record({ v4: fc.nat({ max: 32 }), v6: fc.nat({ max: 128 }) }).map(of);
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((v4) => `::FFFF:${v4}`),
  fc.ipV4().map((v4) => `64:ff9b::${v4}`),
  fc.constantFrom(
    '::',
    '::1',
    '1::',
    '2001:DB8:0:0:1:0:0:1',
    '1:0:0:2:0:0:0:3',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7::',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.4 ',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    ':::',
    ':',
    '1.2.3.4::',
    '::1.2.3',
    '1:2:3:4:5:6:7:1.2.3.4',
    '',
    '10.0.0.0/8',
    '1:2:3:4:5:6:1.2.3.4',
  ),
  anyText.map((value) => value.toWellFormed()),
);

test('the network prefix stays, in canonical text', () => {
  assert.equal(cut('192.168.17.42'), '192.168.17.0');
  assert.equal(cut('192.168.17.42', { v4: 20 }), '192.168.16.0');
  assert.equal(cut('2001:0DB8:1234:5678::1'), '2001:db8:1234::');
  assert.equal(cut('2001:db8:0:0:1:0:0:1', { v6: 128 }), '2001:db8::1:0:0:1');
  assert.equal(cut('::ffff:10.1.2.3'), '::ffff:10.1.2.0');
  assert.equal(cut('1.2.3.4', { v4: 0 }), '0.0.0.0');
  assert.equal(cut('::1', { v6: 0 }), '::');
});

test('a column of texts is cut as its values are, and what is no address is outside the domain', () => {
  fc.assert(
    fc.property(prefixes, listOf(address), (spec, values) => agree(spec, text, values)),
    { numRuns: 400 },
  );
  assert.equal(cut('fe80::1%eth0'), 'VALUE_OUTSIDE_DOMAIN');
  assert.equal(cut('010.1.1.1'), 'VALUE_OUTSIDE_DOMAIN');
});

test('addresses as bytes are cut as bytes', () => {
  const mapped = Buffer.from('00000000000000000000ffff0a010203', 'hex');
  const sized = fc.oneof(
    fc.constant(mapped),
    anyBytes,
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((b) => Buffer.from(b)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => Buffer.from(b)),
  );
  fc.assert(fc.property(prefixes, listOf(sized), (spec, values) => agree(spec, bytes, values)));
  agree(of(), fixed(4), [Buffer.of(1, 2, 3, 4)]);
  agree(of(), fixed(16), [Buffer.alloc(16, 0xff)]);
});

test('only text, bytes and fixed of 4 or 16 bytes hold addresses', () => {
  for (const leaf of [text, bytes, fixed(4), fixed(16)])
    assert.equal(effectOf(of(), leaf).output, leaf);
  for (const leaf of [int, uuid, fixed(8), decimal(4, 2), fixed(16, { name: 'uuid' })]) {
    assert.deepEqual(refusalOf(of(), leaf), ['TECHNIQUE_NOT_APPLICABLE']);
  }
  assert.ok(everyLeaf.length > 0);
});
