import { tuple, vec } from '../../scale/composites.ts';
import { accountId, h256, u16, u32, u64 } from '../../scale/primitives.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import {
  NOBODY,
  ofAccount,
  ofSubnet,
  perAccount,
  perAccountInSubnet,
  perNeuronKey,
  single,
  SUBTENSOR,
} from './storage-item.ts';
import { alpha64, rao64, safeFloat, u64f64 } from './types.ts';

/**
 * Who owns which hotkey and who has staked what. A coldkey's alpha with a hotkey is
 * TotalHotkeyAlpha × AlphaV2 ÷ TotalHotkeySharesV2. Source: pallets/subtensor/src/lib.rs, also of every item below.
 */

/** Of a hotkey: its coldkey. A hotkey exists when it has one. */
export const owner = perAccount('Owner', accountId, NOBODY);
/** Of a coldkey: its hotkeys. */
export const ownedHotkeys = perAccount('OwnedHotkeys', vec(accountId), []);
/** Of a coldkey: the hotkeys that it has ever staked with. */
export const stakingHotkeys = perAccount('StakingHotkeys', vec(accountId), []);
/** u16 proportion of dividends that a hotkey keeps from its nominators. 11796 ≈ 18 %. */
export const delegates = perAccount('Delegates', u16, 11_796);

/** Of a hotkey: the block in which its take was last changed. */
export const lastTxBlockDelegateTake = storageMap<[Uint8Array], bigint>(
  SUBTENSOR,
  'LastTxBlockDelegateTake',
  [mapKey('Identity', accountId)],
  u64,
  0n,
);

export const totalHotkeyAlpha = perAccountInSubnet('TotalHotkeyAlpha', alpha64, 0n);
export const totalHotkeyAlphaLastEpoch = perAccountInSubnet('TotalHotkeyAlphaLastEpoch', alpha64, 0n);

const NO_SHARES = { mantissa: 0n, exponent: 0n };
export const totalHotkeySharesV2 = perAccountInSubnet('TotalHotkeySharesV2', safeFloat, NO_SHARES);
/** Hotkey, coldkey, subnet. */
export const alphaV2 = storageMap<[Uint8Array, Uint8Array, number], typeof NO_SHARES>(
  SUBTENSOR,
  'AlphaV2',
  [ofAccount, ofAccount, ofSubnet],
  safeFloat,
  NO_SHARES,
);

/** What these two were before V2; always empty on this chain, but clients still ask. */
const totalHotkeyShares = perAccountInSubnet('TotalHotkeyShares', u64f64, { bits: 0n });
const alphaV1 = storageMap<[Uint8Array, Uint8Array, number], { readonly bits: bigint }>(
  SUBTENSOR,
  'Alpha',
  [ofAccount, ofAccount, ofSubnet],
  u64f64,
  { bits: 0n },
);

/** Of a coldkey in a subnet: the hotkey that its mining pay is staked with. */
export const autoStakeDestination = perAccountInSubnet<Uint8Array>('AutoStakeDestination', accountId);
/** Of a hotkey in a subnet: the coldkeys that chose it so. */
export const autoStakeDestinationColdkeys = perAccountInSubnet('AutoStakeDestinationColdkeys', vec(accountId), []);

/** First the coldkey, then the hotkey: the block of the last change of stake. */
export const lastColdkeyHotkeyStakeBlock = storageMap<[Uint8Array, Uint8Array], bigint>(
  SUBTENSOR,
  'LastColdkeyHotkeyStakeBlock',
  [mapKey('Twox64Concat', accountId), mapKey('Twox64Concat', accountId)],
  u64,
);

/** Rao of all pools together. */
export const totalStake = single('TotalStake', rao64, 0n);
/** Rao that exist. */
export const totalIssuance = single('TotalIssuance', rao64, 0n);
/** Rao: nominations that fall below are given back. */
export const nominatorMinRequiredStake = single('NominatorMinRequiredStake', u64, 0n);
/** u64 proportion of what TAO on root counts next to alpha. ≈ 5.27 %. */
export const taoWeight = single('TaoWeight', u64, 971_718_665_099_567_868n);

/** Dividends of a hotkey's last epoch. */
export const alphaDividendsPerSubnet = perNeuronKey('AlphaDividendsPerSubnet', alpha64, 0n);
export const rootAlphaDividendsPerSubnet = perNeuronKey('RootAlphaDividendsPerSubnet', alpha64, 0n);
/** Alpha that a hotkey earned in its last epoch. */
export const lastHotkeyEmissionOnNetuid = perAccountInSubnet('LastHotkeyEmissionOnNetuid', alpha64, 0n);

/** Of a coldkey: from when on it may be swapped, and BLAKE2b-256 of the new one. */
export const coldkeySwapAnnouncements = storageMap<[Uint8Array], readonly [number, Uint8Array]>(
  SUBTENSOR,
  'ColdkeySwapAnnouncements',
  [mapKey('Twox64Concat', accountId)],
  tuple(u32, h256),
);

export const STAKE_STORAGE = [
  owner,
  ownedHotkeys,
  stakingHotkeys,
  delegates,
  lastTxBlockDelegateTake,
  totalHotkeyAlpha,
  totalHotkeyAlphaLastEpoch,
  totalHotkeyShares,
  totalHotkeySharesV2,
  alphaV1,
  alphaV2,
  autoStakeDestination,
  autoStakeDestinationColdkeys,
  lastColdkeyHotkeyStakeBlock,
  totalStake,
  totalIssuance,
  nominatorMinRequiredStake,
  taoWeight,
  alphaDividendsPerSubnet,
  rootAlphaDividendsPerSubnet,
  lastHotkeyEmissionOnNetuid,
  coldkeySwapAnnouncements,
];
