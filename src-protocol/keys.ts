import { decodeAddress } from '@polkadot/util-crypto/address/decode';
import { encodeAddress } from '@polkadot/util-crypto/address/encode';
import { sr25519PairFromSeed } from '@polkadot/util-crypto/sr25519/pair/fromSeed';
import { sr25519Sign } from '@polkadot/util-crypto/sr25519/sign';
import { sr25519Verify } from '@polkadot/util-crypto/sr25519/verify';
import { ProtocolError } from './errors.ts';
import type { Coldkey, Hotkey } from './ids.ts';

/** Substrate's generic prefix, which Bittensor uses. */
const SS58_PREFIX = 42;
const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** An sr25519 key pair in memory. `secretKey` is 64 bytes in schnorrkel's ed25519-style form. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly address: string;
}

/** @throws ProtocolError when the seed is not 32 bytes. */
export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  if (seed.length !== SEED_BYTES) throw new ProtocolError(`A seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  const { publicKey, secretKey } = sr25519PairFromSeed(seed);
  return { publicKey, secretKey, address: encodeAddress(publicKey, SS58_PREFIX) };
}

export const hotkeyOf = (pair: KeyPair): Hotkey => pair.address as Hotkey;
export const coldkeyOf = (pair: KeyPair): Coldkey => pair.address as Coldkey;

/** The public key behind an address; checks the checksum. @throws ProtocolError */
export function publicKeyOf(address: string): Uint8Array {
  try {
    return decodeAddress(address, false, SS58_PREFIX);
  } catch (cause) {
    throw new ProtocolError(`Not an SS58 address: ${JSON.stringify(address.slice(0, 60))}`, { cause });
  }
}

export const addressOf = (publicKey: Uint8Array): string => encodeAddress(publicKey, SS58_PREFIX);

export const sign = (message: Uint8Array, pair: KeyPair): Uint8Array => sr25519Sign(message, pair);

/** False for any malformed input: a bad signature is an expected outcome. */
export function verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== SEED_BYTES) return false;
  try {
    return sr25519Verify(message, signature, publicKey);
  } catch {
    return false;
  }
}
