import { faucetKey } from '#network/devnet/node/faucet.ts';
import { signExtrinsic } from '#network/devnet/runtime/sign-extrinsic.ts';
import type { TransactionRules } from '#network/devnet/runtime/validate.ts';

/** Transfers of the faucet with consecutive nonces, each to an account of its own. */
export const signedTransfers = (
  rules: TransactionRules,
  count: number,
  { firstNonce, amountRao }: { readonly firstNonce: number; readonly amountRao: bigint },
): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => {
    const dest = new Uint8Array(32).fill(7);
    new DataView(dest.buffer).setUint32(0, firstNonce + index);
    const value = { dest: { type: 'Id', value: dest }, value: amountRao };
    const call = { type: 'Balances', value: { type: 'transfer_keep_alive', value } };
    return signExtrinsic(rules, faucetKey(), { call, nonce: firstNonce + index });
  });
