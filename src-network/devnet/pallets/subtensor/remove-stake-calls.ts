import { option } from '../../scale/composites.ts';
import { accountId, bool } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { attempt } from '../../runtime/attempt.ts';
import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import { requireUnlocked } from './locks.ts';
import { mostSellable } from './market.ts';
import { dropPendingOfPoor } from './pending-children.ts';
import { type Position, stakeOf } from './share-pool.ts';
import { stakeIntoSubnet } from './stake-into-subnet.ts';
import { subtokenEnabled } from './storage-subnet.ts';
import { requireTrading, ROOT, subnets } from './subnets.ts';
import { alpha64, netUid, rao64 } from './types.ts';
import { clearSmallNomination, unstakeFromSubnet } from './unstake-from-subnet.ts';
import { ensure, requireFittingAlpha, requireHotkey, validateRemoving } from './validate-stake.ts';

const order = { hotkey: accountId, netuid: netUid, amountUnstaked: alpha64 };
const ofHotkey = { hotkey: accountId };

/** Unstaking. Amounts are alpha. Source: pallets/subtensor/src/staking/remove_stake.rs. */
export const REMOVE_STAKE_CALLS: Readonly<Record<string, CallDefinition>> = {
  remove_stake: call(3, order, (context, { hotkey, netuid, amountUnstaked }) =>
    unstake(context, { hotkey, coldkey: signerOf(context), netuid }, amountUnstaked),
  ),
  unstake_all: call(83, ofHotkey, (context, { hotkey }) => {
    unstakeEverywhere(context, hotkey, () => true);
  }),
  /** What it brings is staked on root with the same hotkey. */
  unstake_all_alpha: call(84, ofHotkey, (context, { hotkey }) => {
    const tao = unstakeEverywhere(context, hotkey, (netuid) => netuid !== ROOT);
    stakeIntoSubnet(context, { hotkey, coldkey: signerOf(context), netuid: ROOT }, tao, {});
  }),
  /** Sells until the price of one alpha is down at the limit; without `allowPartial` all or nothing. */
  remove_stake_limit: call(
    89,
    { ...order, limitPrice: rao64, allowPartial: bool },
    (context, { hotkey, netuid, amountUnstaked, limitPrice, allowPartial }) => {
      const position = { hotkey, coldkey: signerOf(context), netuid };
      unstakeToLimit(context, position, { amount: amountUnstaked, limitPrice, allowPartial });
    },
  ),
  remove_stake_full_limit: call(
    103,
    { hotkey: accountId, netuid: netUid, limitPrice: option(rao64) },
    (context, { hotkey, netuid, limitPrice }) => {
      const position = { hotkey, coldkey: signerOf(context), netuid };
      const amount = stakeOf(context.state, position);
      if (limitPrice === undefined) unstake(context, position, amount);
      else unstakeToLimit(context, position, { amount, limitPrice, allowPartial: false });
    },
  ),
};

/** More than there is counts as all of it. */
function unstake(context: CallContext, position: Position, asked: bigint): void {
  const { state } = context;
  requireTrading(state, position.netuid);
  const staked = stakeOf(state, position);
  const amount = asked < staked ? asked : staked;
  requireFittingAlpha(state, position.netuid, amount);
  validateRemoving(context, position, { amount, most: amount, allowPartial: false });
  unstakeFromSubnet(context, position, amount);
  clearSmallNomination(context, position);
  dropPendingOfPoor(state, position.hotkey);
}

interface LimitOrder {
  readonly amount: bigint;
  readonly limitPrice: bigint;
  readonly allowPartial: boolean;
}

function unstakeToLimit(context: CallContext, position: Position, order: LimitOrder): void {
  const { state } = context;
  const { amount, limitPrice, allowPartial } = order;
  requireFittingAlpha(state, position.netuid, amount);
  const most = mostSellable(state, position.netuid, limitPrice);
  validateRemoving(context, position, { amount, most, allowPartial });
  unstakeFromSubnet(context, position, amount < most ? amount : most, { limitPriceRao: limitPrice });
  clearSmallNomination(context, position);
  dropPendingOfPoor(state, position.hotkey);
}

/** @throws DispatchFailure when anything is locked, or nothing can be unstaked. Source: stake_utils.rs (validate_unstake_all) */
function requireSomething(context: CallContext, hotkey: Uint8Array, isMeant: (netuid: number) => boolean): void {
  const { state } = context;
  const coldkey = signerOf(context);
  requireHotkey(state, hotkey);
  const possible = subnets(state)
    .filter(isMeant)
    .filter((netuid) => {
      const amount = stakeOf(state, { hotkey, coldkey, netuid });
      requireUnlocked(context, coldkey, netuid, amount);
      const order = { amount, most: amount, allowPartial: false };
      return attempt(context, (layer) => validateRemoving(layer, { hotkey, coldkey, netuid }, order));
    });
  ensure(possible.length > 0, 'AmountTooLow');
}

/** Everything that can be unstaked; what cannot is left where it is. @returns the rao that it brought */
function unstakeEverywhere(context: CallContext, hotkey: Uint8Array, isMeant: (netuid: number) => boolean): bigint {
  const { state } = context;
  const coldkey = signerOf(context);
  requireSomething(context, hotkey, isMeant);
  let tao = 0n;
  for (const netuid of subnets(state)) {
    if (!state.get(subtokenEnabled, netuid) || !isMeant(netuid)) continue;
    const position = { hotkey, coldkey, netuid };
    const amount = stakeOf(state, position);
    const order = { amount, most: amount, allowPartial: false };
    if (!attempt(context, (layer) => validateRemoving(layer, position, order))) continue;
    tao += unstakeFromSubnet(context, position, amount);
    clearSmallNomination(context, position);
  }
  return tao;
}
