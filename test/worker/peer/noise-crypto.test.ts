import { pureJsCrypto } from '@chainsafe/libp2p-noise';
import { Uint8ArrayList } from 'uint8arraylist';
import { expect, it } from 'vitest';
import { noiseCrypto } from '#worker/peer/noise-crypto.ts';
import { pattern } from './pattern.ts';

const crypto = noiseCrypto()!;
const key = pattern(32, 1);
const nonce = pattern(12, 2);
const ad = pattern(32, 3);

it.each([0, 1, 12, 1200, 65_519])('seals %i bytes as the library does, and opens what it sealed', (length) => {
  const plain = pattern(length, 4);
  const sealed = crypto.chaCha20Poly1305Encrypt(plain, nonce, ad, key);
  expect(sealed.subarray()).toEqual(pureJsCrypto.chaCha20Poly1305Encrypt(plain, nonce, ad, key).subarray());
  const opened = crypto.chaCha20Poly1305Decrypt(
    pureJsCrypto.chaCha20Poly1305Encrypt(plain, nonce, ad, key),
    nonce,
    ad,
    key,
  );
  expect(Buffer.from(opened.subarray())).toEqual(Buffer.from(plain));
});

it('takes bytes in pieces', () => {
  const pieces = new Uint8ArrayList(pattern(12, 5), pattern(5000, 6));
  const sealed = crypto.chaCha20Poly1305Encrypt(pieces, nonce, ad, key);
  const bytes = sealed.subarray();
  const again = new Uint8ArrayList(bytes.subarray(0, 3000), bytes.subarray(3000, 5010), bytes.subarray(5010));
  expect(crypto.chaCha20Poly1305Decrypt(again, nonce, ad, key).subarray()).toEqual(pieces.subarray());
});

it.each([0, 500, 1015])('refuses what was changed at byte %i', (at) => {
  const sealed = crypto.chaCha20Poly1305Encrypt(pattern(1000, 7), nonce, ad, key).subarray().slice();
  sealed[at]! ^= 1;
  expect(() => crypto.chaCha20Poly1305Decrypt(sealed, nonce, ad, key)).toThrow();
  expect(() => crypto.chaCha20Poly1305Decrypt(sealed.subarray(0, 5), nonce, ad, key)).toThrow();
});

it('agrees with the library on a shared key, and on hashes', () => {
  const [own, theirs] = [crypto.generateX25519KeyPair(), pureJsCrypto.generateX25519KeyPair()];
  const shared = crypto.generateX25519SharedKey(own.privateKey, theirs.publicKey);
  expect(Buffer.from(shared)).toEqual(
    Buffer.from(pureJsCrypto.generateX25519SharedKey(theirs.privateKey, own.publicKey)),
  );
  const list = new Uint8ArrayList(pattern(10, 8), pattern(20, 9));
  expect(Buffer.from(crypto.hashSHA256(list))).toEqual(Buffer.from(pureJsCrypto.hashSHA256(list)));
});
