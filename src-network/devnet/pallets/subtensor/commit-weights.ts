import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { toHex } from '#protocol/bytes.ts';
import { tuple, vec } from '../../scale/composites.ts';
import { accountId, u16, u64 } from '../../scale/primitives.ts';
import { type CallContext, DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { currentEpoch } from './epoch-schedule.ts';
import { setLastUpdate } from './neuron-lists.ts';
import { FIRST_MECHANISM, type Mechanism, requireMechanism } from './mechanisms.ts';
import { type GivenWeights, hasRested, putWeights, requireUid } from './set-weights.ts';
import { type StoredCommit, weightCommits } from './storage-epoch.ts';
import { SUBTENSOR } from './storage-item.ts';
import { commitRevealWeightsEnabled, revealPeriodEpochs } from './storage-parameters.ts';
import { storageIndex } from './types.ts';
import { ensure } from './validate-stake.ts';

const MAX_COMMITS = 10;

const committed = tuple(accountId, storageIndex, vec(u16), vec(u16), vec(u16), u64);

/**
 * Says the hash of weights that are revealed in a later epoch. Source: pallets/subtensor/src/subnets/weights.rs
 * (internal_commit_weights), whose checks these are, in its order.
 * @throws DispatchFailure of SubtensorModule
 */
export function commitWeights(context: CallContext, { netuid, mecid }: Mechanism, commitHash: Uint8Array): void {
  const { state, blockNumber, deposit } = context;
  requireMechanism(state, netuid, mecid);
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
  const { netuid, mecid } = given;
  const hotkey = signerOf(context);
  ensure(state.get(commitRevealWeightsEnabled, netuid), 'CommitRevealDisabled');
  // Nobody can commit to any for a mechanism that there is not.
  const waiting = mecid === FIRST_MECHANISM ? state.find(weightCommits, netuid, hotkey) : undefined;
  ensure(waiting !== undefined, 'NoWeightsCommitFound');
  const { kept, expired } = withoutExpired(state, netuid, blockNumber, waiting ?? []);
  const hash = commitHashOf(hotkey, given, salt);
  const position = kept.findIndex(hasHash(hash));
  const commit = kept[position];
  if (commit === undefined) {
    const unknown = kept.length === 0 ? 'NoWeightsCommitFound' : 'InvalidRevealCommitHashNotMatch';
    throw new DispatchFailure(SUBTENSOR, expired.some(hasHash(hash)) ? 'ExpiredWeightCommit' : unknown);
  }
  requireTime(state, netuid, blockNumber, commit);
  keep(state, netuid, hotkey, kept.slice(position + 1));
  putWeights(context, given);
  deposit(SUBTENSOR, 'WeightsRevealed', [hotkey, netuid, hash]);
}

interface Reveals {
  readonly netuid: number;
  readonly uidsList: readonly (readonly number[])[];
  readonly valuesList: readonly (readonly number[])[];
  readonly saltsList: readonly (readonly number[])[];
  readonly versionKeys: readonly bigint[];
}

/**
 * Several of a hotkey's weights at once, all or none. Source: weights.rs (do_batch_reveal_weights), which unlike the reveal
 * of one leaves older commits where they are.
 * @throws DispatchFailure of SubtensorModule, also of `putWeights`
 */
export function batchRevealWeights(context: CallContext, reveals: Reveals): void {
  const { state, blockNumber, deposit } = context;
  const { netuid, uidsList, valuesList, saltsList, versionKeys } = reveals;
  const lists = [valuesList, saltsList, versionKeys];
  ensure(
    lists.every(({ length }) => length === uidsList.length),
    'InputLengthsUnequal',
  );
  const hotkey = signerOf(context);
  ensure(state.get(commitRevealWeightsEnabled, netuid), 'CommitRevealDisabled');
  const waiting = state.find(weightCommits, netuid, hotkey);
  ensure(waiting !== undefined, 'NoWeightsCommitFound');
  const { kept, expired } = withoutExpired(state, netuid, blockNumber, waiting ?? []);
  const revealed = uidsList.map((uids, index) => {
    const versionKey = versionKeys[index] ?? 0n;
    const given = { netuid, mecid: FIRST_MECHANISM, uids, values: valuesList[index] ?? [], versionKey };
    return { given, hash: commitHashOf(hotkey, given, saltsList[index] ?? []) };
  });
  const notFound = (hash: Uint8Array): DispatchFailure =>
    new DispatchFailure(
      SUBTENSOR,
      expired.some(hasHash(hash)) ? 'ExpiredWeightCommit' : 'InvalidRevealCommitHashNotMatch',
    );
  for (const { hash } of revealed) {
    const commit = kept.find(hasHash(hash));
    if (commit === undefined) throw notFound(hash);
    requireTime(state, netuid, blockNumber, commit);
  }
  const left = [...kept];
  for (const { given, hash } of revealed) {
    const position = left.findIndex(hasHash(hash));
    if (position < 0) throw notFound(hash); // named twice, committed to once
    left.splice(position, 1);
    putWeights(context, given);
  }
  keep(state, netuid, hotkey, left);
  deposit(SUBTENSOR, 'WeightsBatchRevealed', [hotkey, netuid, revealed.map(({ hash }) => hash)]);
}

/** BLAKE2b-256 of hotkey, subnet, uids, values, salt and version in SCALE. Source: weights.rs (get_commit_hash). */
export const commitHashOf = (
  hotkey: Uint8Array,
  { netuid, uids, values, versionKey }: Omit<GivenWeights, 'mecid'>,
  salt: readonly number[],
): Uint8Array => Blake2256(committed.codec.enc([hotkey, netuid, uids, values, salt, versionKey]));

/** Whether nobody may reveal it any more. Source: weights.rs (is_commit_expired). */
export const isExpired = (state: State, netuid: number, block: number, [, epoch]: StoredCommit): boolean =>
  currentEpoch(state, netuid, block) > epoch + state.get(revealPeriodEpochs, netuid);

const hasHash =
  (hash: Uint8Array) =>
  ([other]: StoredCommit): boolean =>
    toHex(other) === toHex(hash);

/** Source: weights.rs (is_reveal_block_range). @throws DispatchFailure RevealTooEarly */
function requireTime(state: State, netuid: number, block: number, [, epoch]: StoredCommit): void {
  ensure(currentEpoch(state, netuid, block) === epoch + state.get(revealPeriodEpochs, netuid), 'RevealTooEarly');
}

function keep(state: State, netuid: number, hotkey: Uint8Array, commits: readonly StoredCommit[]): void {
  if (commits.length === 0) state.remove(weightCommits, netuid, hotkey);
  else state.set(weightCommits, netuid, hotkey, commits);
}

/** Those at the front that nobody may reveal any more, and the others. */
function withoutExpired(state: State, netuid: number, block: number, waiting: readonly StoredCommit[]) {
  const first = waiting.findIndex((commit) => !isExpired(state, netuid, block, commit));
  const count = first < 0 ? waiting.length : first;
  return { kept: waiting.slice(count), expired: waiting.slice(0, count) };
}
