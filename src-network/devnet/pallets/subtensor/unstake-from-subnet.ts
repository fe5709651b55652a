import { attempt } from '../../runtime/attempt.ts';
import { type CallContext, DispatchFailure } from '../../runtime/call-context.ts';
import { freeBalance, transfer } from '../../runtime/money.ts';
import { sameAccount } from './account-list.ts';
import { touchLock } from './locks.ts';
import { priceBitsOf } from './market.ts';
import { addStake, type Position, stakeOf, takeStake } from './share-pool.ts';
import { SUBTENSOR } from './storage-item.ts';
import { lastColdkeyHotkeyStakeBlock, nominatorMinRequiredStake, owner } from './storage-stake.ts';
import { subnetTaoFlow } from './storage-subnet.ts';
import { subnetAccount } from './subnet-account.ts';
import { sellAlpha, type TradeOptions } from './trade.ts';

/**
 * Sells staked alpha for TAO, which the coldkey gets; what the limit leaves over stays staked. The fee would be the block's
 * author's; without one its alpha is nobody's, and stays in `SubnetAlphaOut`, as on the chain. Source:
 * pallets/subtensor/src/staking/stake_utils.rs (unstake_from_subnet).
 * @returns the rao
 * @throws DispatchFailure InsufficientBalance, AmountTooLow, or of Swap or Token
 */
export function unstakeFromSubnet(
  context: CallContext,
  position: Position,
  amount: bigint,
  options: TradeOptions = {},
): bigint {
  const { state, deposit, blockNumber } = context;
  const { hotkey, coldkey, netuid } = position;
  takeStake(state, position, amount);
  const { paidIn, paidOut, fee } = sellAlpha(context, netuid, amount, options);
  const unused = amount - paidIn - fee;
  if (unused > 0n) addStake(state, position, unused);
  payFromSubnet(context, netuid, coldkey, paidOut);
  state.set(subnetTaoFlow, netuid, state.get(subnetTaoFlow, netuid) - paidOut);
  state.set(lastColdkeyHotkeyStakeBlock, coldkey, hotkey, BigInt(blockNumber));
  touchLock(context, coldkey, netuid);
  deposit(SUBTENSOR, 'StakeRemoved', [coldkey, hotkey, paidOut, paidIn, netuid, fee]);
  return paidOut;
}

function payFromSubnet(context: CallContext, netuid: number, to: Uint8Array, amountRao: bigint): void {
  const from = subnetAccount(netuid);
  if (amountRao > freeBalance(context.state, from)) throw new DispatchFailure(SUBTENSOR, 'InsufficientBalance');
  transfer(context, { from, to, amountRao, keepAlive: false });
}

/**
 * Gives back what a nominator has left with a hotkey that is not its own, if it is less than `NominatorMinRequiredStake`;
 * when it cannot be sold it is lost. Source: pallets/subtensor/src/staking/helpers.rs (clear_small_nomination_if_required).
 */
export function clearSmallNomination(context: CallContext, position: Position): void {
  const { state } = context;
  const ofHotkey = state.find(owner, position.hotkey);
  if (ofHotkey !== undefined && sameAccount(ofHotkey, position.coldkey)) return;
  const left = stakeOf(state, position);
  const price = priceBitsOf(state, position.netuid);
  const least = price === 0n ? 0n : (state.get(nominatorMinRequiredStake) << 64n) / price;
  if (left === 0n || left >= least) return;
  const given = attempt(context, (layer) => void unstakeFromSubnet(layer, position, left));
  if (!given) takeStake(state, position, stakeOf(state, position));
}
