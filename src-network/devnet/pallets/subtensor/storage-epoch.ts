import { btreeMap, tuple, vec } from '../../scale/composites.ts';
import { accountId, h256, u16, u64, u8 } from '../../scale/primitives.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import { perAccount, perSubnet, single, SUBTENSOR } from './storage-item.ts';
import { i96f32, netUid, rao64, storageIndex, u96f32 } from './types.ts';

/** What the epochs and the emission of blocks keep beside the rest. Source: pallets/subtensor/src/lib.rs. */

/** u16 proportions of all stake that counts, by uid, of the last epoch. */
export const stakeWeight = perSubnet('StakeWeight', vec(u16), []);
/** The part of the last epoch's mining pay that went to the subnet's owner and so to nobody. */
export const minerBurned = perSubnet('MinerBurned', u96f32, { bits: 0n });
/** Epochs that are run in one block; the others wait for the next. */
export const maxEpochsPerBlock = single('MaxEpochsPerBlock', u8, 2);

/** Of the average that prices move by: 0.000003. */
export const subnetMovingAlpha = single('SubnetMovingAlpha', i96f32, { bits: 12_885n });
export const emaPriceHalvingBlocks = perSubnet('EMAPriceHalvingBlocks', u64, 201_600n);

/** Hash, epoch, block, unused; the oldest first. */
export type StoredCommit = readonly [Uint8Array, bigint, bigint, bigint];

/** Weights of which only the hash is known yet: by subnet and hotkey. */
export const weightCommits = storageMap<[number, Uint8Array], readonly StoredCommit[]>(
  SUBTENSOR,
  'WeightCommits',
  [mapKey('Twox64Concat', storageIndex), mapKey('Twox64Concat', accountId)],
  vec(tuple(h256, u64, u64, u64)),
);

/** Of a hotkey: alpha of each subnet that one rao of stake on root may claim, sorted by subnet. */
export const rootClaimable = perAccount<readonly (readonly [number, { readonly bits: bigint }])[]>(
  'RootClaimable',
  btreeMap(netUid, i96f32),
  [],
);

/** Rao that founding a subnet costs at least, and cost last. */
export const networkMinLockCost = single('NetworkMinLockCost', rao64, 1_000_000_000_000n);
export const networkLastLockCost = single('NetworkLastLockCost', rao64, 1_000_000_000_000n);

export const EPOCH_STORAGE = [
  networkMinLockCost,
  networkLastLockCost,
  stakeWeight,
  minerBurned,
  maxEpochsPerBlock,
  subnetMovingAlpha,
  emaPriceHalvingBlocks,
  weightCommits,
  rootClaimable,
];
