import type { CallContext } from '../../runtime/call-context.ts';
import { freeBalance, transfer } from '../../runtime/money.ts';
import { sameAccount } from './account-list.ts';
import { becomeDelegate, isOwnedBy } from './hotkeys.ts';
import { requireUnlocked, transferLock } from './locks.ts';
import { priceBitsOf, simulateSell } from './market.ts';
import { mostMovable } from './most-movable.ts';
import { addStake, type Position, stakeOf, takeStake } from './share-pool.ts';
import { stakeIntoSubnet } from './stake-into-subnet.ts';
import { SUBTENSOR } from './storage-item.ts';
import { lastColdkeyHotkeyStakeBlock } from './storage-stake.ts';
import { subtokenEnabled, transferToggle } from './storage-subnet.ts';
import { requireSubnet, ROOT } from './subnets.ts';
import { unstakeFromSubnet } from './unstake-from-subnet.ts';
import { ensure, MIN_STAKE_RAO, requireHotkey, simulated } from './validate-stake.ts';

export interface Move {
  readonly from: Position;
  readonly to: Position;
  /** Alpha of the origin; more than there is counts as all of it. */
  readonly amount: bigint;
  readonly limit?: { readonly limitPrice: bigint; readonly allowPartial: boolean };
  /** To another coldkey, which a subnet may forbid. */
  readonly isGift?: boolean;
}

/**
 * Moves stake: within a subnet as it is and without a fee, between subnets by selling and buying, with the fee of the
 * destination on the way from root and of the origin else. Source: pallets/subtensor/src/staking/move_stake.rs
 * (transition_stake_internal).
 * @returns what it is or was worth, in rao
 * @throws DispatchFailure of SubtensorModule or Swap
 */
export function moveStake(context: CallContext, move: Move): bigint {
  const { state } = context;
  const { from, to, limit } = move;
  const staked = stakeOf(state, from);
  const asked = move.amount < staked ? move.amount : staked;
  const isSwap = from.netuid !== to.netuid;
  const most = isSwap && limit !== undefined ? mostMovable(state, from.netuid, to.netuid, limit.limitPrice) : asked;
  validate(context, { ...move, amount: asked }, most);
  const amount = asked < most ? asked : most;
  return isSwap ? moveBetweenSubnets(context, from, to, amount) : moveWithinSubnet(context, from, to, amount);
}

/** In the chain's order: stake_utils.rs (validate_stake_transition). */
function validate(context: CallContext, { from, to, amount, limit, isGift = false }: Move, most: bigint): void {
  const { state } = context;
  const isSwap = from.netuid !== to.netuid;
  const isSame = sameAccount(from.coldkey, to.coldkey) && sameAccount(from.hotkey, to.hotkey);
  ensure(isSwap || !isSame, 'SameNetuid');
  for (const { netuid } of [from, to]) requireSubnet(state, netuid);
  for (const { netuid } of [from, to]) ensure(state.get(subtokenEnabled, netuid), 'SubtokenDisabled');
  for (const { hotkey } of [from, to]) requireHotkey(state, hotkey);
  ensure(amount <= stakeOf(state, from), 'NotEnoughStakeToWithdraw');
  if (isSwap) {
    ensure(simulated(() => simulateSell(state, from.netuid, amount)).paidOut > MIN_STAKE_RAO, 'AmountTooLow');
    ensure(limit === undefined || limit.allowPartial || amount <= most, 'SlippageTooHigh');
  }
  if (isGift) for (const { netuid } of [from, to]) ensure(state.get(transferToggle, netuid), 'TransferDisallowed');
  if (isSwap) requireUnlocked(context, from.coldkey, from.netuid, amount);
}

/** What is too little to be staked again stays with the coldkey as TAO. */
function moveBetweenSubnets(context: CallContext, from: Position, to: Position, amount: bigint): bigint {
  const { state } = context;
  const isFromRoot = from.netuid === ROOT;
  const tao = unstakeFromSubnet(context, from, amount, { withoutFee: isFromRoot });
  if (!sameAccount(from.coldkey, to.coldkey)) {
    ensure(tao <= freeBalance(state, from.coldkey), 'InsufficientBalance');
    transfer(context, { from: from.coldkey, to: to.coldkey, amountRao: tao, keepAlive: false });
  }
  if (tao < MIN_STAKE_RAO) return tao;
  if (!isOwnedBy(state, to.hotkey, to.coldkey)) becomeDelegate(state, to.hotkey);
  stakeIntoSubnet(context, to, tao, { withoutFee: !isFromRoot });
  return tao;
}

function moveWithinSubnet(context: CallContext, from: Position, to: Position, amount: bigint) {
  const { state, deposit, blockNumber } = context;
  transferLock(context, from.coldkey, to.coldkey, from.netuid, amount);
  takeStake(state, from, amount);
  addStake(state, to, amount);
  const tao = (priceBitsOf(state, from.netuid) * amount) >> 64n;
  ensure(tao >= MIN_STAKE_RAO, 'AmountTooLow');
  state.set(lastColdkeyHotkeyStakeBlock, to.coldkey, to.hotkey, BigInt(blockNumber));
  deposit(SUBTENSOR, 'StakeRemoved', [from.coldkey, from.hotkey, tao, amount, from.netuid, 0n]);
  deposit(SUBTENSOR, 'StakeAdded', [to.coldkey, to.hotkey, tao, amount, to.netuid, 0n]);
  return tao;
}
