import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pairFromPrivateKey, privateKeyOf } from '#main/core/btwallet/private-key.ts';
import { fromHex, toHex, utf8 } from '#protocol/bytes.ts';
import { keyPairFromSeed, sign, verify } from '#protocol/keys.ts';
import { failureOf, fixture } from './fixture.ts';

const seedOf = (i: number): Uint8Array => createHash('sha256').update(`private key ${i}`).digest();
const message = utf8('one message');

test("gives the private keys that btwallet gives, and finds btwallet's addresses from them", () => {
  for (const { seed, privateKey, address } of fixture.pairs) {
    expect(toHex(privateKeyOf(keyPairFromSeed(fromHex(seed))))).toBe(privateKey);
    expect(pairFromPrivateKey(fromHex(privateKey)).address).toBe(address);
  }
});

test('comes back as the same pair from the private keys of 1000 seeds, and each of the two verifies what the other signed', () => {
  for (let i = 0; i < 1000; i += 1) {
    const pair = keyPairFromSeed(seedOf(i));
    const restored = pairFromPrivateKey(privateKeyOf(pair));
    expect(restored).toEqual(pair);
    // Signing is slow in JavaScript, and equal pairs sign alike.
    if (i % 20 > 0) continue;
    expect(verify(message, sign(message, restored), pair.publicKey)).toBe(true);
    expect(verify(message, sign(message, pair), restored.publicKey)).toBe(true);
  }
}, 60_000);

test("takes neither polkadot-js's form for a private key nor a private key for polkadot-js's form", () => {
  // A secret whose form shows: times 8 it is above the group's order, and by itself no multiple of 8.
  const pair = [...Array(50).keys()]
    .map((i) => keyPairFromSeed(seedOf(i)))
    .find(({ secretKey }) => secretKey[31]! > 0x10)!;
  expect(failureOf(() => pairFromPrivateKey(pair.secretKey)).code).toBe('PROTOCOL');
  const privateKey = privateKeyOf(pair);
  privateKey[0] = privateKey[0]! | 1;
  expect(failureOf(() => privateKeyOf({ ...pair, secretKey: privateKey })).code).toBe('PROTOCOL');
});

test('refuses a scalar of 0, one that is the order of the group, and another length than 64 bytes', () => {
  const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  for (const key of [
    new Uint8Array(64),
    new Uint8Array([...order, ...new Uint8Array(32)]),
    new Uint8Array(63).fill(1),
  ]) {
    expect(failureOf(() => pairFromPrivateKey(key)).code).toBe('PROTOCOL');
  }
});
