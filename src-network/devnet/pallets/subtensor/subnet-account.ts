import { concatBytes, toHex, utf8 } from '#protocol/bytes.ts';
import { netUid } from './types.ts';

const ACCOUNT_BYTES = 32;
const PREFIX = utf8('modlsubtensr');

/**
 * Where a subnet's TAO lies: "modl", the pallet's id, the netuid, zeros. Source: pallets/subtensor/src/subnets/subnet.rs
 * (get_subnet_account_id) and runtime/src/lib.rs (SubtensorPalletId).
 */
export const subnetAccount = (netuid: number): Uint8Array => padded(concatBytes(PREFIX, netUid.codec.enc(netuid)));

/** TAO that nobody shall have. */
export const BURN_ACCOUNT = padded(utf8('modlburntnsr'));

export const isSubnetAccount = (account: Uint8Array): boolean => {
  const end = PREFIX.length + 2;
  return (
    toHex(account.subarray(0, PREFIX.length)) === toHex(PREFIX) && account.subarray(end).every((byte) => byte === 0)
  );
};

function padded(start: Uint8Array): Uint8Array {
  const account = new Uint8Array(ACCOUNT_BYTES);
  account.set(start);
  return account;
}
