import { Keyring } from '@polkadot/keyring';
import { keyExtractSuri, mnemonicToMiniSecret } from '@polkadot/util-crypto';
import { sr25519PairFromSeed } from '@polkadot/util-crypto/sr25519/pair/fromSeed';
import { keyFromPath } from '@polkadot/util-crypto/key/fromPath';
import { DEV_PHRASE } from '@polkadot/keyring/defaults';
import type { KeyPair } from '#protocol/keys.ts';

/** One of Substrate's well-known keys, as `//Alice`. */
export function sr25519PairFromUri(uri: string): KeyPair {
  const { path } = keyExtractSuri(`${DEV_PHRASE}${uri}`);
  const root = sr25519PairFromSeed(mnemonicToMiniSecret(DEV_PHRASE));
  const { publicKey, secretKey } = keyFromPath(root, path, 'sr25519');
  return { publicKey, secretKey, address: new Keyring({ type: 'sr25519' }).encodeAddress(publicKey, 42) };
}
