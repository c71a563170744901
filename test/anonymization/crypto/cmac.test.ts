import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { BlockCipher, bytesOf } from '../../../src/anonymization/crypto/aes-ecb.ts';
import { Cmac } from '../../../src/anonymization/crypto/cmac.ts';
import type { Spans } from '../../../src/anonymization/crypto/cmac.ts';
import { referenceCmac } from '../techniques/reference-crypto.ts';
import { hex, vectors } from './vector-files.ts';

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7));

function spansOf(messages: readonly Uint8Array[], filler: number): Spans {
  const count = messages.length;
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [i, message] of messages.entries()) {
    const gap = Buffer.alloc((i * 5) % 7, filler);
    parts.push(gap, message);
    starts[i] = at + gap.length;
    at += gap.length + message.length;
    ends[i] = at;
  }
  return { count, starts, ends, bytes: Buffer.concat([...parts, Buffer.alloc(16, filler)]) };
}

function tagsOf(messages: readonly Uint8Array[], filler = 0xff): readonly string[] {
  const out = new Int32Array(messages.length * 4);
  new Cmac(new BlockCipher(key)).tags(spansOf(messages, filler), out);
  return messages.map((_, i) => bytesOf(out).toString('hex', i * 16, i * 16 + 16));
}

const vector = z.object({
  source: z.string(),
  key: z.string(),
  message: z.string(),
  tag: z.string(),
});

for (const { source, key, message, tag } of vectors('cmac.json', vector)) {
  test(`a tag is as published: ${source}`, () => {
    assert.equal(new Cmac(new BlockCipher(hex(key))).tag(hex(message)).toString('hex'), tag);
  });
}

test('a column of messages of all lengths to 200 has the tags of its messages', () => {
  const messages = Array.from({ length: 201 }, (_, n) => Buffer.alloc(n, n));
  const expected = messages.map((message) => referenceCmac(key, message).toString('hex'));
  assert.deepEqual(tagsOf(messages), expected);
  assert.deepEqual(tagsOf(messages.toReversed(), 0), expected.toReversed());
});

test('a column across the chunks of the kernel has the tags of its messages', () => {
  const lengths = [0, 1, 15, 16, 17, 31, 32, 33, 48, 5];
  const messages = Array.from({ length: 8200 }, (_, i) => Buffer.alloc(lengths[i % 10]!, i));
  const tags = tagsOf(messages);
  for (const i of [0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 8199]) {
    assert.equal(tags[i], referenceCmac(key, messages[i]!).toString('hex'));
  }
  assert.deepEqual(tags.slice(4096, 4150), tagsOf(messages.slice(4096, 4150)));
});

test('a tag depends on its message alone', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 40 }), (messages) => {
      const expected = messages.map((m) => referenceCmac(key, Buffer.from(m)).toString('hex'));
      assert.deepEqual(tagsOf(messages, 0), expected);
      assert.deepEqual(tagsOf(messages, 0x80), expected);
    }),
    { numRuns: 60 },
  );
});

test('rows with a byte above 0x7f are marked, whatever surrounds them', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 30 }), (messages) => {
      const high = new Uint8Array(messages.length);
      const spans = spansOf(messages, 0xff);
      new Cmac(new BlockCipher(key)).tags(spans, new Int32Array(messages.length * 4), high);
      assert.deepEqual(
        Array.from(high),
        messages.map((message) => (message.some((byte) => byte > 0x7f) ? 1 : 0)),
      );
    }),
  );
});

test('a wiped MAC answers no more', () => {
  const mac = new Cmac(new BlockCipher(key));
  mac.wipe();
  assert.throws(() => mac.tag(new Uint8Array(3)), { code: 'KEY_WIPED' });
});
