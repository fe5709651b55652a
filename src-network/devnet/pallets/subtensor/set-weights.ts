import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { type Mechanism, requireMechanism } from './mechanisms.ts';
import { setLastUpdate } from './neuron-lists.ts';
import { ownerUid } from './owner-neurons.ts';
import { countedStake } from './counted-stake.ts';
import { SUBTENSOR } from './storage-item.ts';
import { keys, lastUpdate, subnetworkN, uids, validatorPermit, weights } from './storage-neurons.ts';
import {
  commitRevealWeightsEnabled,
  minAllowedWeights,
  stakeThreshold,
  weightsSetRateLimit,
  weightsVersionKey,
} from './storage-parameters.ts';
import { ROOT } from './subnets.ts';
import { upscaled } from './upscale-weights.ts';
import { ensure } from './validate-stake.ts';

export interface GivenWeights extends Mechanism {
  readonly uids: readonly number[];
  /** u16 each, in any scale. */
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

/** For subnets whose weights need not be committed to first. @throws DispatchFailure CommitRevealEnabled, and as `putWeights` */
export function setWeights(context: CallContext, given: GivenWeights): void {
  ensure(!context.state.get(commitRevealWeightsEnabled, given.netuid), 'CommitRevealEnabled');
  putWeights(context, given);
}

/**
 * Writes down what the hotkey that signs thinks of others. Source: pallets/subtensor/src/subnets/weights.rs
 * (internal_set_weights), whose checks these are, in its order. A subnet here has the first mechanism only.
 * @throws DispatchFailure of SubtensorModule
 */
export function putWeights(
  context: CallContext,
  { netuid, mecid, uids: miners, values, versionKey }: GivenWeights,
): void {
  const { state, blockNumber, deposit } = context;
  const hotkey = signerOf(context);
  ensure(netuid !== ROOT, 'CanNotSetRootNetworkWeights');
  ensure(miners.length === values.length, 'WeightVecNotEqualSize');
  requireMechanism(state, netuid, mecid);
  ensure(miners.length <= state.get(subnetworkN, netuid), 'UidsLengthExceedUidsInSubNet');
  const uid = requireUid(state, netuid, hotkey);
  const isOwner = ownerUid(state, netuid) === uid;
  ensure(isOwner || countedStake(state, netuid, hotkey) >= state.get(stakeThreshold), 'NotEnoughStakeToSetWeights');
  ensure(versionKey >= state.get(weightsVersionKey, netuid), 'IncorrectWeightVersionKey');
  const areRevealed = state.get(commitRevealWeightsEnabled, netuid);
  ensure(areRevealed || hasRested(state, netuid, uid, blockNumber), 'SettingWeightsTooFast');
  const isOnlyItself = miners.length === 1 && miners[0] === uid;
  const hasPermit = state.get(validatorPermit, netuid)[uid] === true;
  ensure(isOnlyItself || isOwner || hasPermit, 'NeuronNoValidatorPermit');
  ensure(new Set(miners).size === miners.length, 'DuplicateUids');
  ensure(
    miners.every((miner) => state.find(keys, netuid, miner) !== undefined),
    'UidVecContainInvalidOne',
  );
  const least = Math.min(state.get(minAllowedWeights, netuid), state.get(subnetworkN, netuid));
  ensure(isOnlyItself || miners.length >= least, 'WeightVecLengthIsLow');
  const scaled = upscaled(values);
  state.set(
    weights,
    netuid,
    uid,
    miners.map((miner, index) => [miner, scaled[index] ?? 0] as const),
  );
  if (!areRevealed) setLastUpdate(state, netuid, uid, blockNumber);
  deposit(SUBTENSOR, 'WeightsSet', [netuid, uid]);
}

/** @throws DispatchFailure HotKeyNotRegisteredInSubNet */
export function requireUid(state: State, netuid: number, hotkey: Uint8Array): number {
  const uid = state.find(uids, netuid, hotkey);
  ensure(uid !== undefined, 'HotKeyNotRegisteredInSubNet');
  return uid ?? 0;
}

/** Whether enough blocks are over since its last weights. Source: weights.rs (check_rate_limit). */
export function hasRested(state: State, netuid: number, uid: number, block: number): boolean {
  const last = state.get(lastUpdate, netuid)[uid] ?? 0n;
  return last === 0n || BigInt(block) - last >= state.get(weightsSetRateLimit, netuid);
}
