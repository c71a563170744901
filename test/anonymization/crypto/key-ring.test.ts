import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing, keyVersionId } from '../../../src/anonymization/crypto/key-ring.ts';
import { referenceCmac, referenceKey } from '../techniques/reference-crypto.ts';

const roots = new Map([
  ['2026-11', new Uint8Array(32).fill(11)],
  ['2026-10', new Uint8Array(32).fill(10)],
]);
const purpose = { domain: 'person.email', technique: 'pseudonymize', type: 'text' };
const message = Buffer.from('someone');

test('versions are listed and one is current', () => {
  const ring = KeyRing.fromRootKeys(roots, '2026-11');
  assert.equal(ring.current, '2026-11');
  assert.deepEqual(ring.versions, ['2026-10', '2026-11']);
});

test('a handle works under the key that is derived for its version, domain, technique and type', () => {
  const ring = KeyRing.fromRootKeys(roots, '2026-11');
  for (const version of ring.versions) {
    const fields = [version, 'person.email', 'pseudonymize/mac', 'text', ''];
    const key = referenceKey(roots.get(version)!, fields, 32);
    assert.deepEqual(ring.mac(purpose, version).tag(message), referenceCmac(key, message));
  }
  assert.deepEqual(ring.mac(purpose).tag(message), ring.mac(purpose, '2026-11').tag(message));
});

test('a handle is made once per purpose', () => {
  const ring = KeyRing.fromRootKeys(roots, '2026-11');
  assert.equal(ring.mac(purpose), ring.mac({ ...purpose, detail: '' }));
  assert.notEqual(ring.mac(purpose), ring.mac({ ...purpose, domain: 'other' }));
  assert.equal(ring.siv(purpose), ring.siv(purpose));
  assert.equal(ring.ff1(purpose), ring.ff1(purpose));
  assert.equal(ring.prf(purpose), ring.prf(purpose));
});

test('the ring keeps its own copy of the keys', () => {
  const mine = new Map([['v1', new Uint8Array(32).fill(11)]]);
  const ring = KeyRing.fromRootKeys(mine, 'v1');
  mine.get('v1')!.fill(0);
  const other = KeyRing.fromRootKeys(new Map([['v1', new Uint8Array(32).fill(11)]]), 'v1');
  assert.deepEqual(ring.mac(purpose).tag(message), other.mac(purpose).tag(message));
});

test('after a wipe neither the ring nor its handles work', () => {
  const ring = KeyRing.fromRootKeys(roots, '2026-11');
  const mac = ring.mac(purpose);
  const siv = ring.siv(purpose);
  const ff1 = ring.ff1(purpose);
  const prf = ring.prf(purpose);
  ring.wipe();
  ring.wipe();
  const wiped = { code: 'KEY_WIPED' };
  assert.throws(() => mac.tag(message), wiped);
  assert.throws(() => siv.seal([], message), wiped);
  assert.throws(() => ff1.encrypt(10, new Uint8Array(0), [1, 2, 3, 4, 5, 6]), wiped);
  const place = { topic: 't', partition: 0, offsets: Float64Array.of(1) };
  assert.throws(() => prf.rows(place, Int32Array.of(0), 1, true, new Int32Array(4)), wiped);
  assert.throws(() => ring.mac(purpose), wiped);
});

test('a ciphertext names its key version by four bytes', () => {
  const ring = KeyRing.fromRootKeys(roots, '2026-11');
  assert.equal(keyVersionId('2026-10').length, 4);
  assert.equal(ring.versionOf(keyVersionId('2026-10')), '2026-10');
  assert.throws(() => ring.versionOf(keyVersionId('2020-01')), { code: 'KEY_VERSION_UNKNOWN' });
});

test('wrong keys are refused, each with its code', () => {
  const of = (keys: readonly [string, Uint8Array][], current: string) => (): KeyRing =>
    KeyRing.fromRootKeys(new Map(keys), current);
  assert.throws(of([], 'v1'), { code: 'KEY_MISSING' });
  assert.throws(of([['v1', new Uint8Array(31)]], 'v1'), { code: 'KEY_SIZE_INVALID' });
  assert.throws(of([['v1', new Uint8Array(32)]], 'v2'), { code: 'KEY_VERSION_UNKNOWN' });
  const ring = KeyRing.fromRootKeys(roots, '2026-11');
  assert.throws(() => ring.mac(purpose, 'v9'), { code: 'KEY_VERSION_UNKNOWN' });
});

test('two versions with one short id are refused', () => {
  // Found by trying: SHA-256 of the two names begin alike.
  const seen = new Map<string, string>();
  let pair: [string, string] | null = null;
  for (let i = 0; pair === null; i++) {
    const id = keyVersionId(`k${i}`).toString('hex');
    const other = seen.get(id);
    if (other !== undefined) pair = [other, `k${i}`];
    seen.set(id, `k${i}`);
  }
  const keys = new Map(pair.map((version) => [version, new Uint8Array(32)]));
  assert.throws(() => KeyRing.fromRootKeys(keys, pair[0]), { code: 'KEY_VERSIONS_COLLIDE' });
});
