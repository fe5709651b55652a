import { keyExtractSuri } from '@polkadot/util-crypto/key/extractSuri';
import { keyFromPath } from '@polkadot/util-crypto/key/fromPath';
import { mnemonicToMiniSecret } from '@polkadot/util-crypto/mnemonic/toMiniSecret';
import { sr25519PairFromSeed } from '@polkadot/util-crypto/sr25519/pair/fromSeed';
import { addressOf, type KeyPair } from '#protocol/keys.ts';
import { signExtrinsic } from '../runtime/sign-extrinsic.ts';
import type { DevnetNode } from './devnet-node.ts';
import type { Admission } from './transaction-pool.ts';

/** Substrate's own development phrase, which everybody knows: what it holds has no value. */
const DEV_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';

let known: KeyPair | null = null;

/** The key of `//Alice`, as every Substrate wallet derives it. */
export function faucetKey(): KeyPair {
  if (known !== null) return known;
  const { path, phrase } = keyExtractSuri(`${DEV_PHRASE}//Alice`);
  const { publicKey, secretKey } = keyFromPath(sr25519PairFromSeed(mnemonicToMiniSecret(phrase)), path, 'sr25519');
  known = { publicKey, secretKey, address: addressOf(publicKey) };
  return known;
}

export const faucetAddress = (): string => faucetKey().address;

/**
 * Sends an account rao from the faucet by an ordinary transfer, which is in one of the next blocks; whoever signs as `//Alice`
 * can do the same.
 */
export function fundFromFaucet(node: DevnetNode, account: Uint8Array, amountRao: bigint): Admission {
  const pair = faucetKey();
  const call = {
    type: 'Balances',
    value: { type: 'transfer_keep_alive', value: { dest: { type: 'Id', value: account }, value: amountRao } },
  };
  const nonce = node.pool.nextNonce(node.headState, pair.publicKey);
  return node.submit(signExtrinsic(node.rules, pair, { call, nonce }), () => undefined);
}
