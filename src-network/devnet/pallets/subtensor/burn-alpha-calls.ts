import { option } from '../../scale/composites.ts';
import { accountId } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import { stakeForTao } from './add-stake-calls.ts';
import { requireUnlocked } from './locks.ts';
import { stakeOf, takeStake } from './share-pool.ts';
import { SUBTENSOR } from './storage-item.ts';
import { subnetAlphaOut } from './storage-subnet.ts';
import { requireSubnet, requireTrading, ROOT } from './subnets.ts';
import { alpha64, netUid, rao64 } from './types.ts';
import { ensure, requireHotkey } from './validate-stake.ts';

const order = { hotkey: accountId, amount: alpha64, netuid: netUid };

/**
 * Giving staked alpha up: recycled alpha counts as never issued, burned alpha as issued and lost. Source:
 * pallets/subtensor/src/staking/recycle_alpha.rs.
 */
export const BURN_ALPHA_CALLS: Readonly<Record<string, CallDefinition>> = {
  recycle_alpha: call(101, order, (context, { hotkey, amount, netuid }) => {
    const { state, deposit } = context;
    const recycled = giveUp(context, hotkey, netuid, amount);
    state.set(subnetAlphaOut, netuid, state.get(subnetAlphaOut, netuid) - recycled);
    deposit(SUBTENSOR, 'AlphaRecycled', [signerOf(context), hotkey, recycled, netuid]);
  }),
  burn_alpha: call(102, order, (context, { hotkey, amount, netuid }) => burn(context, hotkey, netuid, amount)),
  /** Buys alpha and burns it at once. */
  add_stake_burn: call(
    132,
    { hotkey: accountId, netuid: netUid, amount: rao64, limit: option(rao64) },
    (context, { hotkey, netuid, amount, limit }) => {
      const position = { hotkey, coldkey: signerOf(context), netuid };
      const bought = stakeForTao(
        context,
        position,
        amount,
        limit === undefined ? undefined : { limitPrice: limit, allowPartial: false },
      );
      burn(context, hotkey, netuid, bought);
      context.deposit(SUBTENSOR, 'AddStakeBurn', { netuid, hotkey, amount, alpha: bought });
    },
  ),
};

function burn(context: CallContext, hotkey: Uint8Array, netuid: number, amount: bigint): void {
  const burned = giveUp(context, hotkey, netuid, amount);
  context.deposit(SUBTENSOR, 'AlphaBurned', [signerOf(context), hotkey, burned, netuid]);
}

/** Takes as much as there is of it. @returns the alpha */
function giveUp(context: CallContext, hotkey: Uint8Array, netuid: number, asked: bigint): bigint {
  const { state } = context;
  const position = { hotkey, coldkey: signerOf(context), netuid };
  requireSubnet(state, netuid);
  ensure(netuid !== ROOT, 'CannotBurnOrRecycleOnRootSubnet');
  requireTrading(state, netuid);
  requireHotkey(state, hotkey);
  const staked = stakeOf(state, position);
  const amount = asked < staked ? asked : staked;
  ensure(state.get(subnetAlphaOut, netuid) >= amount, 'InsufficientLiquidity');
  requireUnlocked(context, position.coldkey, netuid, amount);
  takeStake(state, position, amount);
  return amount;
}
