import { BlockCipher } from './aes-ecb.ts';
import { AesSiv } from './aes-siv.ts';
import { Cmac } from './cmac.ts';
import { Ff1 } from './ff1.ts';
import { hkdf } from './hkdf.ts';
import { KeyError } from './key-errors.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const aes128 = '2b7e151628aed2a6abf7158809cf4f3c';
const aes256 = '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4';
const message = '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411';

/** Known answers, one per building block: published values, so that a wrong kernel can't agree with itself. */
const knownAnswers: Readonly<Record<string, { actual: () => string; expected: string }>> = {
  // RFC 4493 §4, example 3.
  'AES-128-CMAC': {
    actual: () => new Cmac(new BlockCipher(hex(aes128))).tag(hex(message)).toString('hex'),
    expected: 'dfa66747de9ae63030ca32611497c827',
  },
  // SP 800-38B, D.3, example 11.
  'AES-256-CMAC': {
    actual: () => new Cmac(new BlockCipher(hex(aes256))).tag(hex(message)).toString('hex'),
    expected: 'aaf3d8f1de5640c232f5b169b9c911e6',
  },
  // RFC 5297 §A.1.
  'AES-SIV': {
    actual: () =>
      new AesSiv(hex('fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'))
        .seal(
          [hex('101112131415161718191a1b1c1d1e1f2021222324252627')],
          hex('112233445566778899aabbccddee'),
        )
        .toString('hex'),
    expected: '85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c',
  },
  // SP 800-38G, FF1 sample 2.
  FF1: {
    actual: () =>
      new Ff1(new BlockCipher(hex(aes128)))
        .encrypt(10, hex('39383736353433323130'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        .join(''),
    expected: '6124200773',
  },
  // SP 800-38G, FF1 sample 1, through the batched path.
  'FF1 batched': {
    actual: () => {
      const digits = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
      const ff1 = new Ff1(new BlockCipher(hex(aes128)));
      ff1.digits(digits, Int32Array.of(0), Int32Array.of(10), 1);
      return digits.join('');
    },
    expected: '2433477484',
  },
  // RFC 5869 §A.1.
  'HKDF-SHA256': {
    actual: () =>
      Buffer.from(
        hkdf(
          Buffer.alloc(22, 0x0b),
          hex('000102030405060708090a0b0c'),
          hex('f0f1f2f3f4f5f6f7f8f9'),
          42,
        ),
      ).toString('hex'),
    expected:
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
};

/**
 * Runs the known-answer tests of the kernel, as a start-up check: a broken build, a foreign byte order or a crippled OpenSSL stops the
 * program instead of writing wrong tokens.
 *
 * @throws KeyError `SELF_TEST_FAILED`, naming the building blocks that failed
 */
export function selfTest(): void {
  const failed = Object.entries(knownAnswers).filter(([, answer]) => !holds(answer));
  if (failed.length === 0) return;
  const names = failed.map(([name]) => name).join(', ');
  throw new KeyError(
    'SELF_TEST_FAILED',
    `run on a little-endian machine with an unmodified build: the self-test of ${names} failed`,
  );
}

function holds(answer: { readonly actual: () => string; readonly expected: string }): boolean {
  try {
    return answer.actual() === answer.expected;
  } catch {
    return false;
  }
}
