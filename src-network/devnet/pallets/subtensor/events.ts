import { tuple, vec } from '../../scale/composites.ts';
import { positional, variant, type Variants } from '../../scale/enumeration.ts';
import { accountId, bool, compactU16, h256, u16, u64 } from '../../scale/primitives.ts';
import { dispatchError } from '../../runtime/system-types.ts';
import { alpha64, netUid, rao64, storageIndex } from './types.ts';

/**
 * What SubtensorModule says has happened, as far as the devnet does it, with the chain's own numbers and fields; most of
 * them have no names there. Source: pallets/subtensor/src/macros/events.rs at spec 425.
 */
export const SUBTENSOR_EVENTS = {
  /** Subnet, mechanism. */
  NetworkAdded: variant(0, positional(netUid, u16)),
  NetworkRemoved: variant(1, netUid),
  /** Coldkey, hotkey, rao paid with the fee, alpha received, subnet, fee in rao. */
  StakeAdded: variant(2, positional(accountId, accountId, rao64, alpha64, netUid, u64)),
  /** Coldkey, hotkey, rao received, alpha paid without the fee, subnet, fee in alpha. */
  StakeRemoved: variant(3, positional(accountId, accountId, rao64, alpha64, netUid, u64)),
  /** Coldkey, from hotkey, subnet, to hotkey, subnet, worth in rao. */
  StakeMoved: variant(4, positional(accountId, accountId, netUid, accountId, netUid, rao64)),
  /** Subnet, uid. */
  WeightsSet: variant(5, positional(storageIndex, u16)),
  /** Subnet, uid, hotkey. */
  NeuronRegistered: variant(6, positional(netUid, u16, accountId)),
  AxonServed: variant(28, positional(netUid, accountId)),
  PrometheusServed: variant(29, positional(netUid, accountId)),
  /** Coldkey, hotkey, take. */
  DelegateAdded: variant(30, positional(accountId, accountId, u16)),
  BurnSet: variant(36, positional(netUid, rao64)),
  /** Hotkey, take. */
  ChildKeyTakeSet: variant(48, positional(accountId, u16)),
  RegistrationAllowed: variant(50, positional(netUid, bool)),
  TempoSet: variant(52, positional(netUid, u16)),
  TakeDecreased: variant(64, positional(accountId, accountId, u16)),
  TakeIncreased: variant(65, positional(accountId, accountId, u16)),
  ColdkeySwapAnnounced: variant(69, { fields: { who: accountId, newColdkeyHash: h256 } }),
  ColdkeySwapReset: variant(70, { fields: { who: accountId } }),
  ColdkeySwapped: variant(71, { fields: { oldColdkey: accountId, newColdkey: accountId } }),
  ColdkeySwapDisputed: variant(72, { fields: { coldkey: accountId } }),
  /** Parent, subnet, block from which on, children. */
  SetChildrenScheduled: variant(75, positional(accountId, netUid, u64, vec(tuple(u64, accountId)))),
  SetChildren: variant(76, positional(accountId, netUid, vec(tuple(u64, accountId)))),
  /** Coldkey. */
  ChainIdentitySet: variant(77, accountId),
  SubnetIdentitySet: variant(78, netUid),
  /** Hotkey, subnet, hash. */
  WeightsCommitted: variant(85, positional(accountId, storageIndex, h256)),
  WeightsRevealed: variant(86, positional(accountId, storageIndex, h256)),
  /** Hotkey, subnet, hashes. */
  WeightsBatchRevealed: variant(87, positional(accountId, netUid, vec(h256))),
  BatchWeightsCompleted: variant(88, positional(vec(compactU16), accountId)),
  BatchCompletedWithErrors: variant(89, null),
  BatchWeightItemFailed: variant(90, positional(netUid, dispatchError)),
  /** From coldkey, to coldkey, hotkey, from subnet, to subnet, worth in rao. */
  StakeTransferred: variant(91, positional(accountId, accountId, accountId, netUid, netUid, rao64)),
  /** Coldkey, hotkey, from subnet, to subnet, worth in rao. */
  StakeSwapped: variant(92, positional(accountId, accountId, netUid, netUid, rao64)),
  TransferToggle: variant(93, positional(netUid, bool)),
  /** Subnet, block. */
  FirstEmissionBlockNumberSet: variant(95, positional(netUid, u64)),
  /** Coldkey, hotkey, alpha, subnet. */
  AlphaRecycled: variant(96, positional(accountId, accountId, alpha64, netUid)),
  AlphaBurned: variant(97, positional(accountId, accountId, alpha64, netUid)),
  CommitRevealEnabled: variant(101, positional(netUid, bool)),
  /** Hotkey, subnet, hash, round of revealing. */
  TimelockedWeightsCommitted: variant(107, positional(accountId, storageIndex, h256, u64)),
  TimelockedWeightsRevealed: variant(108, positional(storageIndex, accountId)),
  AutoStakeAdded: variant(109, {
    fields: { netuid: netUid, destination: accountId, hotkey: accountId, owner: accountId, incentive: alpha64 },
  }),
  IncentiveAlphaEmittedToMiners: variant(110, { fields: { netuid: storageIndex, emissions: vec(alpha64) } }),
  AutoStakeDestinationSet: variant(112, { fields: { coldkey: accountId, netuid: netUid, hotkey: accountId } }),
  AddStakeBurn: variant(121, { fields: { netuid: netUid, hotkey: accountId, amount: rao64, alpha: alpha64 } }),
  ColdkeySwapCleared: variant(122, { fields: { who: accountId } }),
  StakeLocked: variant(127, { fields: { coldkey: accountId, hotkey: accountId, netuid: netUid, amount: alpha64 } }),
  LockMoved: variant(129, {
    fields: { coldkey: accountId, originHotkey: accountId, destinationHotkey: accountId, netuid: netUid },
  }),
  EpochDeferred: variant(132, { fields: { netuid: netUid, fromBlock: u64, toBlock: u64 } }),
  PerpetualLockUpdated: variant(135, { fields: { coldkey: accountId, netuid: netUid, enabled: bool } }),
  RejectLockedAlphaUpdated: variant(136, { fields: { coldkey: accountId, enabled: bool } }),
} satisfies Variants;
