import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatAddress,
  parseAddress,
  parseCidr,
} from '../../../src/isolation/manifests/addresses.ts';

describe('addresses', () => {
  it('reads what it prints, in both families', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 32n - 1n), (number) => {
        assert.deepEqual(parseAddress(formatAddress({ family: 4, number })), { family: 4, number });
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 2n ** 128n - 1n), (a, b) => {
        const number = a & b; // more zero groups than chance would give
        assert.deepEqual(parseAddress(formatAddress({ family: 6, number })), { family: 6, number });
      }),
    );
  });

  for (const [text, printed] of [
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ] as const)
    it(`prints ${text} as RFC 5952 asks`, () => {
      assert.equal(formatAddress(parseAddress(text)!), printed);
    });

  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4 ',
    ':::',
    '1:2',
    '::1::',
    '12345::',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    '::1.2.3',
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseAddress(text), undefined);
    });

  it('ignores host bits of a block, as the API server does', () => {
    assert.deepEqual(parseCidr('10.1.2.3/8'), parseCidr('10.0.0.0/8'));
    assert.deepEqual(parseCidr('0.0.0.0/0'), { family: 4, first: 0n, last: 2n ** 32n - 1n });
    assert.deepEqual(parseCidr('::/0'), { family: 6, first: 0n, last: 2n ** 128n - 1n });
  });

  for (const text of [
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '::/129',
    '10.0.0.0/-1',
    '/8',
    'x/8',
  ])
    it(`refuses the block ${text}`, () => {
      assert.equal(parseCidr(text), undefined);
    });
});
