import { base58Decode } from '@polkadot/util-crypto/base58';
import { checkAddressChecksum } from '@polkadot/util-crypto/address/checksum';
import { addressOf } from '#protocol/keys.ts';

export type ReadAddress = { readonly address: string } | { readonly message: string };

/** Bittensor's, which is the generic one of Substrate. */
const PREFIX = 42;
const KEY_BYTES = 32;

/** Prefixes that people have addresses of; the registry is at github.com/paritytech/ss58-registry. */
const NETWORKS: Readonly<Record<number, string>> = {
  ...{ 0: 'Polkadot', 2: 'Kusama', 5: 'Astar', 10: 'Acala', 63: 'Hydration' },
};

/** An SS58 address of Bittensor in its one spelling, or in words why a person's text is none. */
export function readAddress(typed: string): ReadAddress {
  const text = typed.trim();
  if (text === '') return { message: 'Type or paste an address.' };
  if (/^0x[\da-f]*$/i.test(text)) {
    return {
      message: 'This is a key in hex, or the address of an Ethereum-like account. A Bittensor address begins with 5.',
    };
  }
  const bytes = decode(text);
  if (bytes === null) {
    return { message: 'An address has letters and digits only, without 0, O, I and l. Copy it again, all of it.' };
  }
  const [isSound, endPosition, prefixBytes, prefix] = checkAddressChecksum(bytes);
  if (!isSound || endPosition - prefixBytes !== KEY_BYTES) {
    return { message: 'This is no whole address: a character is missing, or wrong. Copy it again, all of it.' };
  }
  const address = addressOf(bytes.slice(prefixBytes, endPosition));
  if (prefix === PREFIX) return { address };
  const network = NETWORKS[prefix] ?? 'another network';
  return {
    message: `This is an address of ${network} (prefix ${prefix}). On Bittensor the same key has the address ${address}: use that only when its owner holds the key. What is sent to an exchange’s key is lost.`,
  };
}

function decode(text: string): Uint8Array | null {
  try {
    return base58Decode(text);
  } catch {
    return null;
  }
}
