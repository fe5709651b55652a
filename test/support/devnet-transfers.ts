import type { KeyPair } from '#protocol/keys.ts';
import { signExtrinsic } from '#network/devnet/runtime/sign-extrinsic.ts';
import type { TransactionRules } from '#network/devnet/runtime/validate.ts';

/** Transfers of one account with consecutive nonces, each to an account of its own. */
export const signedTransfers = (
  rules: TransactionRules,
  from: KeyPair,
  count: number,
  { firstNonce, amountRao }: { readonly firstNonce: number; readonly amountRao: bigint },
): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => {
    const dest = from.publicKey.slice();
    new DataView(dest.buffer).setUint32(0, firstNonce + index);
    const value = { dest: { type: 'Id', value: dest }, value: amountRao };
    const call = { type: 'Balances', value: { type: 'transfer_keep_alive', value } };
    return signExtrinsic(rules, from, { call, nonce: firstNonce + index });
  });
