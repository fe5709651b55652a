import { attempt } from '../../runtime/attempt.ts';
import { type CallContext, DispatchFailure } from '../../runtime/call-context.ts';
import { spendable, transfer } from '../../runtime/money.ts';
import { touchLock } from './locks.ts';
import { addStake, canAddStake, type Position } from './share-pool.ts';
import { SUBTENSOR } from './storage-item.ts';
import { lastColdkeyHotkeyStakeBlock } from './storage-stake.ts';
import { subnetTaoFlow } from './storage-subnet.ts';
import { BURN_ACCOUNT, subnetAccount } from './subnet-account.ts';
import { buyAlpha, type TradeOptions } from './trade.ts';

/**
 * Spends a coldkey's TAO on alpha of a subnet and stakes this with a hotkey. The TAO goes to the subnet's account: what the
 * limit leaves over of it too, as on the chain, which is why callers ask first how much can be spent. The fee would be the
 * block's author's; here it is burned, or stays with the subnet while it is less than an account needs. Root claims are not
 * kept. Source: pallets/subtensor/src/staking/stake_utils.rs (stake_into_subnet), coinbase/tao.rs.
 * @returns the alpha
 * @throws DispatchFailure InsufficientBalance, AmountTooLow, InsufficientLiquidity, or of Swap
 */
export function stakeIntoSubnet(context: CallContext, position: Position, tao: bigint, options: TradeOptions): bigint {
  const { state, deposit, blockNumber } = context;
  const { hotkey, coldkey, netuid } = position;
  const paid = payIntoSubnet(context, coldkey, netuid, tao);
  const { paidIn, paidOut, fee } = buyAlpha(context, netuid, paid, options);
  if (paidOut === 0n) throw new DispatchFailure(SUBTENSOR, 'AmountTooLow');
  if (!canAddStake(state, hotkey, netuid, paidOut)) throw new DispatchFailure(SUBTENSOR, 'InsufficientLiquidity');
  addStake(state, position, paidOut);
  if (fee > 0n) {
    const burn = { from: subnetAccount(netuid), to: BURN_ACCOUNT, amountRao: fee, keepAlive: false };
    attempt(context, (layer) => transfer(layer, burn));
  }
  state.set(subnetTaoFlow, netuid, state.get(subnetTaoFlow, netuid) + paidIn);
  state.set(lastColdkeyHotkeyStakeBlock, coldkey, hotkey, BigInt(blockNumber));
  touchLock(context, coldkey, netuid);
  deposit(SUBTENSOR, 'StakeAdded', [coldkey, hotkey, paid, paidOut, netuid, fee]);
  return paidOut;
}

/** As much of it as leaves the coldkey in being. */
function payIntoSubnet(context: CallContext, coldkey: Uint8Array, netuid: number, tao: bigint): bigint {
  if (tao === 0n) return 0n;
  const most = spendable(context.state, coldkey);
  const amountRao = tao < most ? tao : most;
  if (amountRao === 0n) throw new DispatchFailure(SUBTENSOR, 'InsufficientBalance');
  transfer(context, { from: coldkey, to: subnetAccount(netuid), amountRao, keepAlive: true });
  return amountRao;
}
