import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { toHex } from '#protocol/bytes.ts';
import { tuple, vec } from '../../scale/composites.ts';
import { accountId, u16, u64 } from '../../scale/primitives.ts';
import { type CallContext, DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { currentEpoch } from './epoch-schedule.ts';
import { setLastUpdate } from './neuron-lists.ts';
import { type GivenWeights, hasRested, putWeights, requireUid } from './set-weights.ts';
import { type StoredCommit, weightCommits } from './storage-epoch.ts';
import { SUBTENSOR } from './storage-item.ts';
import { commitRevealWeightsEnabled, revealPeriodEpochs } from './storage-parameters.ts';
import { networksAdded } from './storage-subnet.ts';
import { storageIndex } from './types.ts';
import { ensure } from './validate-stake.ts';

const MAX_COMMITS = 10;

const committed = tuple(accountId, storageIndex, vec(u16), vec(u16), vec(u16), u64);

/**
 * Says the hash of weights that are revealed in a later epoch. Source: pallets/subtensor/src/subnets/weights.rs
 * (internal_commit_weights), whose checks these are, in its order.
 * @throws DispatchFailure of SubtensorModule
 */
export function commitWeights(context: CallContext, netuid: number, commitHash: Uint8Array): void {
  const { state, blockNumber, deposit } = context;
  ensure(state.get(networksAdded, netuid), 'MechanismDoesNotExist');
  const hotkey = signerOf(context);
  ensure(state.get(commitRevealWeightsEnabled, netuid), 'CommitRevealDisabled');
  const uid = requireUid(state, netuid, hotkey);
  ensure(hasRested(state, netuid, uid, blockNumber), 'CommittingWeightsTooFast');
  const waiting = state.find(weightCommits, netuid, hotkey) ?? [];
  const { kept } = withoutExpired(state, netuid, blockNumber, waiting);
  ensure(kept.length < MAX_COMMITS, 'TooManyUnrevealedCommits');
  const commit: StoredCommit = [commitHash, currentEpoch(state, netuid, blockNumber), BigInt(blockNumber), 0n];
  state.set(weightCommits, netuid, hotkey, [...kept, commit]);
  deposit(SUBTENSOR, 'WeightsCommitted', [hotkey, netuid, commitHash]);
  setLastUpdate(state, netuid, uid, blockNumber);
}

/**
 * Says the weights whose hash was said before, in the one epoch in which that is possible. Source: weights.rs
 * (internal_reveal_weights).
 * @throws DispatchFailure of SubtensorModule, also of `putWeights`
 */
export function revealWeights(context: CallContext, given: GivenWeights, salt: readonly number[]): void {
  const { state, blockNumber, deposit } = context;
  const { netuid } = given;
  const hotkey = signerOf(context);
  ensure(state.get(commitRevealWeightsEnabled, netuid), 'CommitRevealDisabled');
  const waiting = state.find(weightCommits, netuid, hotkey);
  ensure(waiting !== undefined, 'NoWeightsCommitFound');
  const { kept, expired } = withoutExpired(state, netuid, blockNumber, waiting ?? []);
  const hash = commitHashOf(hotkey, given, salt);
  const isSame = ([other]: StoredCommit): boolean => toHex(other) === toHex(hash);
  const position = kept.findIndex(isSame);
  const commit = kept[position];
  if (commit === undefined) {
    const unknown = kept.length === 0 ? 'NoWeightsCommitFound' : 'InvalidRevealCommitHashNotMatch';
    throw new DispatchFailure(SUBTENSOR, expired.some(isSame) ? 'ExpiredWeightCommit' : unknown);
  }
  const revealEpoch = commit[1] + state.get(revealPeriodEpochs, netuid);
  ensure(currentEpoch(state, netuid, blockNumber) === revealEpoch, 'RevealTooEarly');
  const left = kept.slice(position + 1);
  if (left.length === 0) state.remove(weightCommits, netuid, hotkey);
  else state.set(weightCommits, netuid, hotkey, left);
  putWeights(context, given);
  deposit(SUBTENSOR, 'WeightsRevealed', [hotkey, netuid, hash]);
}

/** BLAKE2b-256 of hotkey, subnet, uids, values, salt and version in SCALE. Source: weights.rs (get_commit_hash). */
export const commitHashOf = (
  hotkey: Uint8Array,
  { netuid, uids, values, versionKey }: GivenWeights,
  salt: readonly number[],
): Uint8Array => Blake2256(committed.codec.enc([hotkey, netuid, uids, values, salt, versionKey]));

/** Whether nobody may reveal it any more. Source: weights.rs (is_commit_expired). */
export const isExpired = (state: State, netuid: number, block: number, [, epoch]: StoredCommit): boolean =>
  currentEpoch(state, netuid, block) > epoch + state.get(revealPeriodEpochs, netuid);

/** Those at the front that nobody may reveal any more, and the others. */
function withoutExpired(state: State, netuid: number, block: number, waiting: readonly StoredCommit[]) {
  const first = waiting.findIndex((commit) => !isExpired(state, netuid, block, commit));
  const count = first < 0 ? waiting.length : first;
  return { kept: waiting.slice(count), expired: waiting.slice(0, count) };
}
