import { accountId, u16 } from '../../scale/primitives.ts';
import { type CallDefinition, freeCall } from '../../metadata/pallet.ts';
import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import { isOwnedBy } from './hotkeys.ts';
import { SUBTENSOR } from './storage-item.ts';
import { maxDelegateTake, minDelegateTake, txDelegateTakeRateLimit } from './storage-parameters.ts';
import { delegates, lastTxBlockDelegateTake } from './storage-stake.ts';
import { ensure, requireHotkey } from './validate-stake.ts';

const order = { hotkey: accountId, take: u16 };

/**
 * What a hotkey keeps of its nominators' dividends, in 65535ths. Lowering it is possible at any time, raising it only so
 * many blocks after the last change. Source: pallets/subtensor/src/staking/{increase,decrease}_take.rs.
 */
export const TAKE_CALLS: Readonly<Record<string, CallDefinition>> = {
  decrease_take: freeCall(65, order, (context, { hotkey, take }) => {
    const { state } = context;
    requireOwn(context, hotkey);
    const current = state.find(delegates, hotkey);
    ensure(current === undefined || take < current, 'DelegateTakeTooLow');
    ensure(take >= state.get(minDelegateTake), 'DelegateTakeTooLow');
    setTake(context, hotkey, take, 'TakeDecreased');
  }),
  increase_take: freeCall(66, order, (context, { hotkey, take }) => {
    const { state, blockNumber } = context;
    requireOwn(context, hotkey);
    const current = state.find(delegates, hotkey);
    ensure(current === undefined || take > current, 'DelegateTakeTooLow');
    ensure(take <= state.get(maxDelegateTake), 'DelegateTakeTooHigh');
    const [last, limit] = [state.get(lastTxBlockDelegateTake, hotkey), state.get(txDelegateTakeRateLimit)];
    const isFree = last === 0n || limit === 0n || BigInt(blockNumber) - last > limit;
    ensure(isFree, 'DelegateTxRateLimitExceeded');
    setTake(context, hotkey, take, 'TakeIncreased');
  }),
};

/** Source: pallets/subtensor/src/utils/misc.rs (do_take_checks). */
function requireOwn(context: CallContext, hotkey: Uint8Array): void {
  requireHotkey(context.state, hotkey);
  ensure(isOwnedBy(context.state, hotkey, signerOf(context)), 'NonAssociatedColdKey');
}

function setTake(context: CallContext, hotkey: Uint8Array, take: number, event: string): void {
  const { state, blockNumber, deposit } = context;
  state.set(lastTxBlockDelegateTake, hotkey, BigInt(blockNumber));
  state.set(delegates, hotkey, take);
  deposit(SUBTENSOR, event, [signerOf(context), hotkey, take]);
}
