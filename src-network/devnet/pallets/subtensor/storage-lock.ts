import { bool, u128, u64, unit } from '../../scale/primitives.ts';
import type { ValueOf } from '../../scale/scale-type.ts';
import { storageMap } from '../../metadata/pallet.ts';
import { ofAccount, ofSubnet, perAccount, perAccountInSubnet, single, SUBTENSOR } from './storage-item.ts';
import { lockState } from './types.ts';

/** Stake that its coldkey may not take back yet. Source: pallets/subtensor/src/lib.rs. */

export type LockState = ValueOf<typeof lockState>;

/** Coldkey, subnet, hotkey that it believes in: at most one of a coldkey in a subnet. As of `lastUpdate`. */
export const locks = storageMap<[Uint8Array, number, Uint8Array], LockState>(
  SUBTENSOR,
  'Lock',
  [ofAccount, ofSubnet, ofAccount],
  lockState,
);
/** The same the other way round: subnet, hotkey, coldkey. */
export const lockingColdkeys = storageMap<[number, Uint8Array, Uint8Array], undefined>(
  SUBTENSOR,
  'LockingColdkeys',
  [ofSubnet, ofAccount, ofAccount],
  unit,
);
/** Coldkey, subnet: `false` where its lock does not decay; else nothing. */
export const decayingLock = perAccountInSubnet<boolean>('DecayingLock', bool);
/** Of a coldkey: bit 0 is set when it takes locked stake from others. */
export const accountFlags = perAccount('AccountFlags', u128, 0n);
/** Blocks in which a lock falls to 1/e, and in which its conviction grows. Nobody can change them here, so they are the same. */
export const unlockRate = single('UnlockRate', u64, 934_866n);
const maturityRate = single('MaturityRate', u64, 934_866n);

export const LOCK_STORAGE = [locks, lockingColdkeys, decayingLock, accountFlags, unlockRate, maturityRate];
