import { accountId, bool } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { signerOf } from '../../runtime/call-context.ts';
import { becomeDelegate, isOwnedBy } from './hotkeys.ts';
import { mostBuyable } from './market.ts';
import { stakeIntoSubnet } from './stake-into-subnet.ts';
import { netUid, rao64 } from './types.ts';
import { requireFittingRao, validateAdding } from './validate-stake.ts';

const order = { hotkey: accountId, netuid: netUid, amountStaked: rao64 };

/** Staking. Source: pallets/subtensor/src/staking/add_stake.rs. */
export const ADD_STAKE_CALLS: Readonly<Record<string, CallDefinition>> = {
  add_stake: call(2, order, (context, { hotkey, netuid, amountStaked }) => {
    const position = { hotkey, coldkey: signerOf(context), netuid };
    requireFittingRao(context.state, netuid, amountStaked);
    validateAdding(context.state, position, { amount: amountStaked, most: amountStaked, allowPartial: false });
    stakeIntoSubnet(context, position, amountStaked, {});
  }),
  /** Buys until the price of one alpha is at the limit; without `allowPartial` all or nothing. */
  add_stake_limit: call(
    88,
    { ...order, limitPrice: rao64, allowPartial: bool },
    (context, { hotkey, netuid, amountStaked, limitPrice, allowPartial }) => {
      const { state } = context;
      const position = { hotkey, coldkey: signerOf(context), netuid };
      requireFittingRao(state, netuid, amountStaked);
      const most = mostBuyable(state, netuid, limitPrice);
      validateAdding(state, position, { amount: amountStaked, most, allowPartial });
      if (!isOwnedBy(state, hotkey, position.coldkey)) becomeDelegate(state, hotkey);
      stakeIntoSubnet(context, position, amountStaked < most ? amountStaked : most, { limitPriceRao: limitPrice });
    },
  ),
};
