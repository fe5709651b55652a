import { mnemonicToMiniSecret } from '@polkadot/util-crypto/mnemonic/toMiniSecret';
import * as v from 'valibot';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { addressOf, keyPairFromSeed, publicKeyOf, type KeyPair } from '#protocol/keys.ts';
import { pairFromPrivateKey, privateKeyOf } from './private-key.ts';

/** A key as btwallet's files hold it. A secret lacks its phrase when it was made from a seed, and also the seed when it was derived. */
export type BtwalletKey =
  | {
      readonly kind: 'secret';
      readonly pair: KeyPair;
      /** sr25519 mini-secret, 32 bytes. */
      readonly seed: Uint8Array | null;
      /** English BIP39 words. */
      readonly phrase: string | null;
    }
  | { readonly kind: 'public'; readonly publicKey: Uint8Array; readonly address: string };

export type SecretKey = Extract<BtwalletKey, { readonly kind: 'secret' }>;
type Fields = ReadonlyMap<string, string>;

/** What old versions wrote instead of JSON: the seed with 0x before it, or the words. */
const BARE_SEED = /^(?:0x)?[0-9a-f]{64}$/i;
const SR25519: ReadonlySet<unknown> = new Set([undefined, null, 1, '1', 'sr25519']);

/**
 * The key in a file's decrypted text. Its secrets count in btwallet's order (words, seed, private key, none), and whatever it says
 * of its public key must be true.
 * @throws ProtocolError naming the field; its words never quote a secret
 */
export function parseKeyJson(bytes: Uint8Array): BtwalletKey {
  const fields = fieldsOf(textOf(bytes));
  const claims = claimedAddresses(fields);
  const secret = secretOf(fields);
  const address = secret?.pair.address ?? claims[0];
  if (address === undefined) throw new ProtocolError('The key file holds neither a secret nor an address');
  if (claims.some((claim) => claim !== address)) {
    if (secret !== null) wipeKey(secret);
    throw new ProtocolError('The key file names another address than that of its key');
  }
  return secret ?? { kind: 'public', publicKey: publicKeyOf(address), address };
}

/** The compact JSON of a whole key. Only strings: btwallet up to 4.0 reads no other values. */
export function writeKeyJson(key: BtwalletKey): string {
  if (key.kind === 'public') return writePublicKeyJson(key.publicKey);
  const privateKey = privateKeyOf(key.pair);
  const publicKey = hex(key.pair.publicKey);
  const text = JSON.stringify({
    accountId: publicKey,
    publicKey,
    privateKey: hex(privateKey),
    ...(key.phrase === null ? {} : { secretPhrase: key.phrase }),
    ...(key.seed === null ? {} : { secretSeed: hex(key.seed) }),
    ss58Address: key.pair.address,
  });
  privateKey.fill(0);
  return text;
}

/** The JSON of a file that tells who owns and cannot sign (`coldkeypub.txt`). */
export const writePublicKeyJson = (publicKey: Uint8Array): string =>
  JSON.stringify({ accountId: hex(publicKey), publicKey: hex(publicKey), ss58Address: addressOf(publicKey) });

/** The key of English BIP39 words, however they are spaced. @throws ProtocolError, which does not quote them */
export function keyFromPhrase(phrase: string): SecretKey {
  const words = phrase.trim().toLowerCase().split(/\s+/).join(' ');
  return fromSeed(seedOfPhrase(words), words);
}

/** Overwrites the secret bytes. The words are a string, which JavaScript cannot overwrite. */
export function wipeKey(key: BtwalletKey): void {
  if (key.kind === 'public') return;
  key.pair.secretKey.fill(0);
  key.seed?.fill(0);
}

const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    throw new ProtocolError('The key file is not text');
  }
}

function fieldsOf(text: string): Fields {
  if (!text.startsWith('{')) return new Map([[BARE_SEED.test(text) ? 'secretSeed' : 'secretPhrase', text]]);
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), parseJson(text));
  if (!parsed.success) throw new ProtocolError('The key file is not JSON');
  // One old version wrote " ss58Address".
  const entries = Object.entries(parsed.output).map(([name, value]) => [name.trim(), value] as const);
  const cryptoType = entries.find(([name]) => name === 'cryptoType')?.[1];
  if (!SR25519.has(cryptoType)) throw new ProtocolError('cryptoType: only sr25519 keys can be used');
  return new Map(entries.filter((entry): entry is readonly [string, string] => isText(entry[1])));
}

/** Old versions wrote `null` for what a key lacks. */
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not as a `cause`: the parser's message quotes the text, and the text holds a secret.
    return undefined;
  }
}

function claimedAddresses(fields: Fields): string[] {
  const address = fields.get('ss58Address');
  const publicKeys = ['publicKey', 'accountId'].flatMap((name) => {
    const value = fields.get(name);
    return value === undefined ? [] : [bytesOfField(name, value, 32)];
  });
  return [...(address === undefined ? [] : [publicKeyOf(address)]), ...publicKeys].map(addressOf);
}

function secretOf(fields: Fields): SecretKey | null {
  const phrase = fields.get('secretPhrase');
  if (phrase !== undefined) return fromSeed(seedOfPhrase(phrase), phrase);
  const seed = fields.get('secretSeed');
  if (seed !== undefined) return fromSeed(bytesOfField('secretSeed', seed, 32), null);
  const privateKey = fields.get('privateKey');
  if (privateKey === undefined) return null;
  const pair = pairFromPrivateKey(bytesOfField('privateKey', privateKey, 64));
  return { kind: 'secret', pair, seed: null, phrase: null };
}

const fromSeed = (seed: Uint8Array, phrase: string | null): SecretKey => ({
  kind: 'secret',
  pair: keyPairFromSeed(seed),
  seed,
  phrase,
});

function seedOfPhrase(phrase: string): Uint8Array {
  try {
    return mnemonicToMiniSecret(phrase.trim().split(/\s+/).join(' '));
  } catch {
    throw new ProtocolError('secretPhrase: not the English words of a key, or a word is wrong');
  }
}

function bytesOfField(name: string, value: string, length: number): Uint8Array {
  const digits = value.replace(/^0x/, '').toLowerCase();
  if (digits.length !== 2 * length || !/^[0-9a-f]*$/.test(digits)) {
    throw new ProtocolError(`${name}: not ${length} bytes of hex`);
  }
  return fromHex(digits);
}
