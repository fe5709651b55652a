import { accountId, bool } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import { becomeDelegate, isOwnedBy } from './hotkeys.ts';
import { mostBuyable } from './market.ts';
import type { Position } from './share-pool.ts';
import { stakeIntoSubnet } from './stake-into-subnet.ts';
import { netUid, rao64 } from './types.ts';
import { requireFittingRao, validateAdding } from './validate-stake.ts';

const order = { hotkey: accountId, netuid: netUid, amountStaked: rao64 };

/** Staking. Source: pallets/subtensor/src/staking/add_stake.rs. */
export const ADD_STAKE_CALLS: Readonly<Record<string, CallDefinition>> = {
  add_stake: call(2, order, (context, { hotkey, netuid, amountStaked }) => {
    stakeForTao(context, { hotkey, coldkey: signerOf(context), netuid }, amountStaked, undefined);
  }),
  /** Buys until the price of one alpha is at the limit; without `allowPartial` all or nothing. */
  add_stake_limit: call(
    88,
    { ...order, limitPrice: rao64, allowPartial: bool },
    (context, { hotkey, netuid, amountStaked, ...limit }) => {
      stakeForTao(context, { hotkey, coldkey: signerOf(context), netuid }, amountStaked, limit);
    },
  ),
};

interface PriceLimit {
  readonly limitPrice: bigint;
  readonly allowPartial: boolean;
}

/** @param limit `undefined`: whatever it costs. @returns the alpha. @throws DispatchFailure of SubtensorModule or Swap */
export function stakeForTao(
  context: CallContext,
  position: Position,
  amount: bigint,
  limit: PriceLimit | undefined,
): bigint {
  const { state } = context;
  const { hotkey, coldkey, netuid } = position;
  requireFittingRao(state, netuid, amount);
  if (limit === undefined) {
    validateAdding(state, position, { amount, most: amount, allowPartial: false });
    return stakeIntoSubnet(context, position, amount, {});
  }
  const { limitPrice, allowPartial } = limit;
  const most = mostBuyable(state, netuid, limitPrice);
  validateAdding(state, position, { amount, most, allowPartial });
  if (!isOwnedBy(state, hotkey, coldkey)) becomeDelegate(state, hotkey);
  return stakeIntoSubnet(context, position, amount < most ? amount : most, { limitPriceRao: limitPrice });
}
