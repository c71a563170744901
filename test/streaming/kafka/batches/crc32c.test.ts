import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { combineCrc32c, crc32c } from '../../../../src/streaming/kafka/batches/crc32c.ts';

it('gives the checksums of RFC 3720 appendix B.4', () => {
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e);
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

it('combines the checksums of two parts into that of the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 5000 }), (a, b) => {
      const whole = crc32c(Buffer.concat([a, b]));
      assert.equal(combineCrc32c(crc32c(a), crc32c(b), b.length), whole);
    }),
  );
});

it('combines with long parts', () => {
  for (const length of [0, 1, 65_535, 65_536, 1 << 20, (1 << 24) + 1]) {
    const tail = Buffer.alloc(length, 'tail');
    const head = Buffer.from('head');
    const whole = crc32c(Buffer.concat([head, tail]));
    assert.equal(combineCrc32c(crc32c(head), crc32c(tail), length), whole);
  }
});
