import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Packer } from '../../../src/anonymization/formats/pack.ts';

describe('Packer', () => {
  test('packs values one after another, with room to look ahead', () => {
    const packer = new Packer();
    const values = Array.from({ length: 1000 }, (_, index) =>
      index % 7 === 0 ? null : Buffer.alloc(index, index),
    );
    for (const value of values) packer.add(value);
    const { count, bytes, starts, ends } = packer.packed();
    assert.equal(count, 1000);
    assert.equal(packer.count, 1000);
    assert.ok(bytes.length >= packer.length + 16);
    values.forEach((value, index) => {
      if (value === null) assert.deepEqual([starts[index], ends[index]], [-1, -1]);
      else assert.deepEqual(Buffer.from(bytes.subarray(starts[index], ends[index])), value);
    });
  });

  test('starts anew after clear', () => {
    const packer = new Packer();
    packer.add(Buffer.from('one'));
    packer.clear();
    packer.add(Buffer.from('two'));
    const { count, bytes, starts, ends } = packer.packed();
    assert.equal(count, 1);
    assert.equal(Buffer.from(bytes.subarray(starts[0], ends[0])).toString(), 'two');
  });
});
