import assert from 'node:assert/strict';
import { isUtf8 as nativeIsUtf8 } from 'node:buffer';
import { describe, test } from 'node:test';
import { isUtf8 } from '../../../src/anonymization/formats/utf8.ts';
import { Random } from './avro/engine.ts';

const pieces = [
  [0x41],
  [0xc3, 0xa9],
  [0xe2, 0x82, 0xac],
  [0xf0, 0x9f, 0x98, 0x80],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xe0, 0xa0, 0x80],
  [0xed, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf0, 0x90, 0x80, 0x80],
  [0xf4, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xff],
  [0x80],
];

describe('isUtf8', () => {
  test('says of every edge of RFC 3629 what the runtime says', () => {
    for (const piece of pieces) {
      for (let length = 1; length <= piece.length; length++) {
        const bytes = Uint8Array.from([0x41, ...piece.slice(0, length), 0x41]);
        assert.equal(isUtf8(bytes, 0, bytes.length), nativeIsUtf8(bytes), piece.join());
        const cut = bytes.subarray(0, -1);
        assert.equal(isUtf8(cut, 0, cut.length), nativeIsUtf8(cut), piece.join());
      }
    }
  });

  test('says of random joins of pieces what the runtime says', () => {
    const random = new Random(1);
    let valid = 0;
    for (let round = 0; round < 20_000; round++) {
      const parts = Array.from({ length: random.below(5) }, () => pieces[random.below(17)]!);
      const bytes = Uint8Array.from(parts.flat());
      if (bytes.length > 0 && random.below(3) === 0)
        bytes[random.below(bytes.length)] = random.below(256);
      const wanted = nativeIsUtf8(bytes);
      if (wanted) valid += 1;
      assert.equal(isUtf8(bytes, 0, bytes.length), wanted, bytes.join());
    }
    assert.ok(valid > 1000);
  });

  test('looks at the given range alone', () => {
    const bytes = Uint8Array.from([0xff, 0xc3, 0xa9, 0xff]);
    assert.equal(isUtf8(bytes, 1, 3), true);
    assert.equal(isUtf8(bytes, 1, 2), false);
    assert.equal(isUtf8(bytes, 2, 2), true);
  });
});
