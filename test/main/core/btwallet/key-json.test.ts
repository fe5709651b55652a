import { expect, test } from 'vitest';
import { parseKeyJson, wipeKey, writeKeyJson, writePublicKeyJson } from '#main/core/btwallet/key-json.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { failureOf, fileOf, fixture } from './fixture.ts';

const { address, phrase } = fixture;
const SEED = 'fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';
const fields = JSON.parse(Buffer.from(fileOf('plain')).toString()) as Readonly<Record<string, unknown>>;
const parse = (body: unknown) => parseKeyJson(utf8(typeof body === 'string' ? body : JSON.stringify(body)));
const secret = (body: unknown) => {
  const key = parse(body);
  if (key.kind !== 'secret') throw new Error('It is a public key');
  return key;
};

test('reads the keys that btwallet wrote from words, from a seed and from a path', () => {
  const byPhrase = parseKeyJson(fileOf('plain'));
  expect(byPhrase).toMatchObject({ kind: 'secret', phrase, pair: { address } });
  expect(byPhrase.kind === 'secret' && toHex(byPhrase.seed!)).toBe(SEED);
  expect(parseKeyJson(fileOf('bySeed'))).toMatchObject({ seed: new Uint8Array(32).fill(0xc5), phrase: null });
  const alice = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
  expect(parseKeyJson(fileOf('byUri'))).toMatchObject({ seed: null, phrase: null, pair: { address: alice } });
});

test('reads the public key that btwallet wrote', () => {
  expect(parseKeyJson(fileOf('public'))).toMatchObject({ kind: 'public', address });
});

test("writes btwallet's fields, as strings only, in one line", () => {
  const { cryptoType, ...strings } = fields;
  expect(cryptoType).toBe(1);
  const text = writeKeyJson(parseKeyJson(fileOf('plain')));
  expect(JSON.parse(text)).toEqual(strings);
  expect(text).toMatch(
    /^\{"accountId":"0x.*","publicKey":".*","privateKey":".*","secretPhrase":".*","secretSeed":".*","ss58Address":"[^" ]+"\}$/,
  );
  const publicText = `{"accountId":"${String(fields['publicKey'])}","publicKey":"${String(fields['publicKey'])}","ss58Address":"${address}"}`;
  expect(writeKeyJson(parseKeyJson(fileOf('public')))).toBe(publicText);
  expect(writePublicKeyJson(secret(phrase).pair.publicKey)).toBe(publicText);
});

test('reads back what it wrote', () => {
  for (const name of ['plain', 'bySeed', 'byUri', 'public'] as const) {
    const key = parseKeyJson(fileOf(name));
    expect(parse(writeKeyJson(key))).toEqual(key);
  }
});

test.each<[string, unknown]>([
  ['fields of other tools', { ...fields, cryptoType: '1', accountType: 'SR25519', signingScheme: 1 }],
  ['a space before the name of the address', { secretPhrase: phrase, ' ss58Address': address }],
  ['null for what the key lacks', { accountId: null, secretPhrase: null, secretSeed: `0x${SEED}`, privateKey: null }],
  ['a seed without 0x, in capitals', { secretSeed: SEED.toUpperCase() }],
  ['a bare seed', `0x${SEED}\n`],
  ['bare words', ` ${phrase}\n`],
])('reads %s', (_, body) => {
  expect(secret(body).pair.address).toBe(address);
});

test('believes the words first, then the seed, then the private key', () => {
  const [other] = fixture.pairs;
  const rest = { privateKey: `0x${other!.privateKey}` };
  expect(secret({ ...rest, secretSeed: `0x${other!.seed}`, secretPhrase: phrase }).pair.address).toBe(address);
  expect(secret({ ...rest, secretSeed: `0x${SEED}` }).pair.address).toBe(address);
  expect(secret(rest).pair.address).toBe(other!.address);
});

test.each<[string, unknown]>([
  ['the address of another key', { ...fields, ss58Address: fixture.pairs[0]!.address }],
  ['the public key of another', { ...fields, publicKey: `0x${'11'.repeat(32)}` }],
  ['a damaged address', { ...fields, ss58Address: address.replace('5D', '5E') }],
  ['an ed25519 key', Buffer.from(fileOf('ed25519')).toString()],
  ['a wrong word', { secretPhrase: phrase.replace('walk', 'wall') }],
  ['a seed that is cut short', { secretSeed: `0x${SEED.slice(2)}` }],
  ['a seed that is no hex', { secretSeed: `0x${SEED.slice(1)}g` }],
  ['a private key of half the length', { privateKey: `0x${SEED}` }],
  ['JSON that is cut short', JSON.stringify(fields).slice(0, -1)],
  ['nothing at all', {}],
  ['an empty file', ''],
])('refuses %s without quoting a secret', (_, body) => {
  const { code, message } = failureOf(() => parse(body));
  expect(code).toBe('PROTOCOL');
  expect(message).not.toMatch(/fac7959d|c7959dbf|bottom|drive/i);
});

test('refuses bytes that are no text', () => {
  expect(failureOf(() => parseKeyJson(new Uint8Array([0x7b, 0xff, 0x7d]))).code).toBe('PROTOCOL');
});

test('wipes the secret bytes of a key', () => {
  const key = secret(phrase);
  wipeKey(key);
  expect(key.seed).toEqual(new Uint8Array(32));
  expect(key.pair.secretKey).toEqual(new Uint8Array(64));
});
