import { entropyToMnemonic } from '@polkadot/util-crypto/mnemonic/bip39';
import { keyFromPhrase, type SecretKey } from '../btwallet/key-json.ts';

export type RandomBytes = (count: number) => Uint8Array;

/** Twelve words, as btcli makes them. */
const ENTROPY_BYTES = 16;

/** A new key with its twelve English words. @param randomBytes of the system's generator */
export function freshKey(randomBytes: RandomBytes): SecretKey & { readonly phrase: string } {
  const entropy = Uint8Array.from(randomBytes(ENTROPY_BYTES));
  try {
    const phrase = entropyToMnemonic(entropy);
    return { ...keyFromPhrase(phrase), phrase };
  } finally {
    entropy.fill(0);
  }
}
