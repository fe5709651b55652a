import { fromHex } from '#protocol/bytes.ts';
import type { CallContext } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { storageKey } from '../../runtime/storage-key.ts';
import { childrenProblem, linkChildren } from './child-links.ts';
import { type Link, pendingChildKeyCooldown, pendingChildKeys } from './storage-children.ts';
import { SUBTENSOR } from './storage-item.ts';
import { stakeThreshold } from './storage-parameters.ts';
import { subtokenEnabled } from './storage-subnet.ts';
import { subnets } from './subnets.ts';
import { totalStakeRao } from './total-stake.ts';

const ACCOUNT_HEX = 64;

/** A subnet that has not begun takes them at once. Source: pallets/subtensor/src/staking/set_children.rs (schedule_or_apply_ck). */
export function scheduleChildren(
  context: CallContext,
  netuid: number,
  hotkey: Uint8Array,
  children: readonly Link[],
): void {
  const { state, blockNumber, deposit } = context;
  if (!state.get(subtokenEnabled, netuid)) {
    takeEffect(context, netuid, hotkey, children);
    return;
  }
  const block = BigInt(blockNumber) + state.get(pendingChildKeyCooldown);
  state.set(pendingChildKeys, netuid, hotkey, [children, block]);
  deposit(SUBTENSOR, 'SetChildrenScheduled', [hotkey, netuid, block, children]);
}

/** After a subnet's epoch: those that have waited long enough. Source: set_children.rs (do_set_pending_children). */
export function applyPendingChildren(context: CallContext, netuid: number): void {
  const { state, blockNumber } = context;
  for (const hotkey of hotkeysWithPending(state, netuid)) {
    const [children, block] = state.get(pendingChildKeys, netuid, hotkey);
    if (block >= BigInt(blockNumber) && state.get(subtokenEnabled, netuid)) continue;
    takeEffect(context, netuid, hotkey, children);
    state.remove(pendingChildKeys, netuid, hotkey);
  }
}

/** Whoever has unstaked so much may have no new children. Source: pallets/subtensor/src/staking/remove_stake.rs. */
export function dropPendingOfPoor(state: State, hotkey: Uint8Array): void {
  if (totalStakeRao(state, hotkey) >= state.get(stakeThreshold)) return;
  for (const netuid of subnets(state)) state.remove(pendingChildKeys, netuid, hotkey);
}

/** Nothing happens, without a word, when what has changed since has made them impossible. */
function takeEffect(
  { state, deposit }: CallContext,
  netuid: number,
  hotkey: Uint8Array,
  children: readonly Link[],
): void {
  if (childrenProblem(state, netuid, hotkey, children) !== null) return;
  linkChildren(state, netuid, hotkey, children);
  deposit(SUBTENSOR, 'SetChildren', [hotkey, netuid, children]);
}

const hotkeysWithPending = (state: State, netuid: number): readonly Uint8Array[] =>
  state.keys(storageKey(pendingChildKeys, [netuid])).map((key) => fromHex(key.slice(-ACCOUNT_HEX)));
