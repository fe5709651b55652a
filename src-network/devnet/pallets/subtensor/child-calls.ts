import { toHex } from '#protocol/bytes.ts';
import { tuple, vec } from '../../scale/composites.ts';
import { accountId, u16, u64 } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { sameAccount } from './account-list.ts';
import { childrenProblem } from './child-links.ts';
import { isOwnedBy } from './hotkeys.ts';
import { scheduleChildren } from './pending-children.ts';
import {
  childkeyTake,
  type Link,
  maxChildkeyTake,
  minChildkeyTake,
  minChildkeyTakePerSubnet,
  transactionKeyLastBlock,
  txChildkeyTakeRateLimit,
} from './storage-children.ts';
import { SUBTENSOR } from './storage-item.ts';
import { stakeThreshold } from './storage-parameters.ts';
import { subnetOwnerHotkey } from './storage-subnet.ts';
import { requireSubnet, ROOT } from './subnets.ts';
import { totalStakeRao } from './total-stake.ts';
import { netUid } from './types.ts';
import { ensure } from './validate-stake.ts';

/** Blocks between two changes of a hotkey's children: half an hour. */
const SET_CHILDREN_LIMIT = 150n;
/** Kinds of calls that are counted. Source: pallets/subtensor/src/utils/rate_limiting.rs, also of the limit above. */
const SET_CHILDREN = 0;
const SET_CHILDKEY_TAKE = 1;

const ofHotkey = { hotkey: accountId, netuid: netUid };

/** A coldkey lets others validate with the stake of its hotkey. Source: pallets/subtensor/src/staking/set_children.rs. */
export const CHILD_CALLS: Readonly<Record<string, CallDefinition>> = {
  set_children: call(
    67,
    { ...ofHotkey, children: vec(tuple(u64, accountId)) },
    (context, { hotkey, netuid, children }) => setChildren(context, netuid, hotkey, children),
  ),
  set_childkey_take: call(75, { ...ofHotkey, take: u16 }, (context, { hotkey, netuid, take }) => {
    const { state, deposit } = context;
    ensure(isOwnedBy(state, hotkey, signerOf(context)), 'NonAssociatedColdKey');
    const isPossible = take >= leastTake(state, netuid) && take <= state.get(maxChildkeyTake);
    ensure(isPossible, 'InvalidChildkeyTake');
    const isLow = take <= effectiveTake(state, netuid, hotkey);
    const limit = state.get(txChildkeyTakeRateLimit);
    ensure(isLow || hasRested(context, [hotkey, netuid, SET_CHILDKEY_TAKE], limit), 'TxChildkeyTakeRateLimitExceeded');
    note(context, [hotkey, netuid, SET_CHILDKEY_TAKE]);
    state.set(childkeyTake, hotkey, netuid, take);
    deposit(SUBTENSOR, 'ChildKeyTakeSet', [hotkey, take]);
  }),
};

/** Source: set_children.rs (do_schedule_children), whose checks these are, in its order. @throws DispatchFailure of SubtensorModule */
function setChildren(context: CallContext, netuid: number, hotkey: Uint8Array, children: readonly Link[]): void {
  const { state } = context;
  ensure(hasRested(context, [hotkey, netuid, SET_CHILDREN], SET_CHILDREN_LIMIT), 'TxRateLimitExceeded');
  ensure(netuid !== ROOT, 'RegistrationNotPermittedOnRootSubnet');
  requireSubnet(state, netuid);
  ensure(isOwnedBy(state, hotkey, signerOf(context)), 'NonAssociatedColdKey');
  ensure(new Set(children.map(([, child]) => toHex(child))).size === children.length, 'DuplicateChild');
  const problem = childrenProblem(state, netuid, hotkey, children);
  ensure(problem === null, problem ?? '');
  const ownersHotkey = state.find(subnetOwnerHotkey, netuid);
  const isOwners = ownersHotkey !== undefined && sameAccount(ownersHotkey, hotkey);
  const isRich = isOwners || totalStakeRao(state, hotkey) >= state.get(stakeThreshold);
  ensure(children.length === 0 || isRich, 'NotEnoughStakeToSetChildkeys');
  note(context, [hotkey, netuid, SET_CHILDREN]);
  scheduleChildren(context, netuid, hotkey, children);
}

const leastTake = (state: State, netuid: number): number =>
  Math.max(state.get(minChildkeyTake), state.get(minChildkeyTakePerSubnet, netuid));

/** What a child keeps, of 65535. Source: set_children.rs (get_childkey_take). */
export const effectiveTake = (state: State, netuid: number, hotkey: Uint8Array): number =>
  Math.max(state.get(childkeyTake, hotkey, netuid), leastTake(state, netuid));

type CallKey = [hotkey: Uint8Array, netuid: number, kind: number];

/** Whether the last call is long enough ago, in blocks; the first may come at any time. */
function hasRested({ state, blockNumber }: CallContext, key: CallKey, limit: bigint): boolean {
  const last = state.get(transactionKeyLastBlock, ...key);
  return last === 0n || BigInt(blockNumber) - last >= limit;
}

const note = ({ state, blockNumber }: CallContext, key: CallKey): void =>
  state.set(transactionKeyLastBlock, ...key, BigInt(blockNumber));
