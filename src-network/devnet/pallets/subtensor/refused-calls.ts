import { boundedBytes, btreeSet } from '../../scale/bounded.ts';
import { newtype, option } from '../../scale/composites.ts';
import { enumeration, variant } from '../../scale/enumeration.ts';
import { accountId, bool, bytes, fixedBytes, u128, u16, u32, u64, u8 } from '../../scale/primitives.ts';
import { refusedCall, refusedCalls, refusedFreeCall, rootCall } from '../../metadata/refused-calls.ts';
import { subnetIdentity } from './storage-identity.ts';
import { SUBTENSOR } from './storage-item.ts';
import { mechId, netUid, rao64 } from './types.ts';

const MAX_COMMIT_BYTES = 5000;
const ofSubnet = { netuid: netUid };
const timelocked = { commit: boundedBytes(MAX_COMMIT_BYTES), revealRound: u64 };

const h160 = newtype('primitive_types::H160', fixedBytes(20));
const ecdsaSignature = newtype('sp_core::ecdsa::Signature', fixedBytes(65));
const percent = newtype('sp_arithmetic::per_things::Percent', u8);
const rootClaimType = enumeration('pallet_subtensor::pallet::RootClaimTypeEnum', {
  Swap: variant(0, null),
  Keep: variant(1, null),
  KeepSubnets: variant(2, { fields: { subnets: btreeSet(netUid) } }),
});

/**
 * Calls that clients of Subtensor find and that the devnet does not do. Source of their numbers and arguments:
 * pallets/subtensor/src/macros/dispatches.rs at spec 425, all of whose calls are either here or done.
 */
export const REFUSED_CALLS = refusedCalls(SUBTENSOR, {
  serve_axon_tls: refusedFreeCall(40, {
    ...{ netuid: netUid, version: u32, ip: u128, port: u16, ipType: u8, protocol: u8, placeholder1: u8 },
    ...{ placeholder2: u8, certificate: bytes },
  }),
  register_network: refusedCall(59, { hotkey: accountId }),
  dissolve_network: rootCall(61, { coldkey: accountId, netuid: netUid }),
  sudo_set_tx_childkey_take_rate_limit: rootCall(69, { txRateLimit: u64 }),
  swap_hotkey: refusedCall(70, { hotkey: accountId, newHotkey: accountId, netuid: option(netUid) }),
  swap_coldkey: rootCall(71, { oldColdkey: accountId, newColdkey: accountId, swapCost: rao64 }),
  swap_hotkey_v2: refusedCall(72, {
    ...{ hotkey: accountId, newHotkey: accountId, netuid: option(netUid), keepStake: bool },
  }),
  sudo_set_min_childkey_take: rootCall(76, { take: u16 }),
  sudo_set_max_childkey_take: rootCall(77, { take: u16 }),
  register_network_with_identity: refusedCall(79, { hotkey: accountId, identity: option(subnetIdentity) }),
  start_call: refusedCall(92, ofSubnet),
  associate_evm_key: refusedFreeCall(93, {
    ...{ netuid: netUid, evmKey: h160, blockNumber: u64, signature: ecdsaSignature },
  }),
  set_pending_childkey_cooldown: rootCall(109, { cooldown: u64 }),
  register_leased_network: refusedCall(110, { emissionsShare: percent, endBlock: option(u32) }),
  terminate_lease: refusedCall(111, { leaseId: u32, hotkey: accountId }),
  update_symbol: refusedCall(112, { netuid: netUid, symbol: bytes }),
  commit_timelocked_weights: refusedFreeCall(113, { ...ofSubnet, ...timelocked, commitRevealVersion: u16 }),
  commit_crv3_mechanism_weights: refusedFreeCall(117, { ...ofSubnet, mecid: mechId, ...timelocked }),
  commit_timelocked_mechanism_weights: refusedFreeCall(118, {
    ...{ ...ofSubnet, mecid: mechId, ...timelocked, commitRevealVersion: u16 },
  }),
  root_dissolve_network: rootCall(120, ofSubnet),
  claim_root: refusedCall(121, { subnets: btreeSet(netUid) }),
  set_root_claim_type: refusedCall(122, { newRootClaimType: rootClaimType }),
  sudo_set_num_root_claims: rootCall(123, { newValue: u64 }),
  sudo_set_root_claim_threshold: refusedCall(124, { netuid: netUid, newValue: u64 }),
  enable_voting_power_tracking: refusedCall(129, ofSubnet),
  disable_voting_power_tracking: refusedCall(130, ofSubnet),
  sudo_set_voting_power_ema_alpha: rootCall(131, { netuid: netUid, alpha: u64 }),
  set_auto_parent_delegation_enabled: refusedCall(135, { hotkey: accountId, enabled: bool }),
  set_tempo: refusedCall(139, { netuid: netUid, tempo: u16 }),
  set_activity_cutoff_factor: refusedCall(140, { netuid: netUid, factorMilli: u32 }),
  trigger_epoch: refusedCall(141, ofSubnet),
});
