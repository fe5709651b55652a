import { getPublicKey } from '@scure/sr25519';
import { ProtocolError } from '#protocol/errors.ts';
import { addressOf, type KeyPair } from '#protocol/keys.ts';

/**
 * The two forms of an sr25519 secret, both 64 bytes: a scalar (32, little-endian) and a nonce seed (32). btwallet's `privateKey`
 * is schnorrkel's own, the canonical scalar; polkadot-js's `secretKey`, and so our `KeyPair`, has the scalar times 8 as ed25519
 * has it. Either read as the other is another account, and nothing would say so: hence the checks.
 */
const SCALAR_BYTES = 32;
const SECRET_BYTES = 64;
/** The order of ristretto255's group: a canonical scalar is below it. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const COFACTOR_BITS = 3n;

/** The pair behind a `privateKey` of btwallet. @throws ProtocolError when it is no canonical scalar other than 0 with a nonce seed */
export function pairFromPrivateKey(privateKey: Uint8Array): KeyPair {
  const scalar = scalarOf(privateKey);
  if (scalar === 0n || scalar >= GROUP_ORDER) throw new ProtocolError('privateKey: not a canonical sr25519 scalar');
  const secretKey = withScalar(privateKey, scalar << COFACTOR_BITS);
  const publicKey = getPublicKey(secretKey);
  return { publicKey, secretKey, address: addressOf(publicKey) };
}

/** What btwallet calls `privateKey`, from a pair. @throws ProtocolError when the pair's secret is not a scalar times 8 */
export function privateKeyOf({ secretKey }: KeyPair): Uint8Array {
  const scalar = scalarOf(secretKey);
  if ((scalar & 7n) !== 0n) throw new ProtocolError('secretKey: not in the ed25519-style form');
  return withScalar(secretKey, scalar >> COFACTOR_BITS);
}

function scalarOf(secret: Uint8Array): bigint {
  if (secret.length !== SECRET_BYTES) throw new ProtocolError(`A private key has 64 bytes, not ${secret.length}`);
  let scalar = 0n;
  for (const byte of secret.subarray(0, SCALAR_BYTES).toReversed()) scalar = (scalar << 8n) | BigInt(byte);
  return scalar;
}

function withScalar(secret: Uint8Array, scalar: bigint): Uint8Array {
  const changed = Uint8Array.from(secret);
  for (let i = 0, rest = scalar; i < SCALAR_BYTES; i += 1, rest >>= 8n) changed[i] = Number(rest & 0xffn);
  return changed;
}
