import type { State } from '../../runtime/state.ts';
import { add, floatOf, isZero, multiplyDivide, type SafeFloat, subtract, toU64 } from './safe-float.ts';
import { alphaV2, stakingHotkeys, totalHotkeyAlpha, totalHotkeySharesV2 } from './storage-stake.ts';
import { withMember } from './account-list.ts';

/**
 * A hotkey's alpha in a subnet, of which each coldkey has shares. What the hotkey earns for all raises `TotalHotkeyAlpha`
 * and nothing else. Source: primitives/share-pool/src/lib.rs and
 * pallets/subtensor/src/staking/stake_utils.rs; the maps of before V2 are not read, because this chain never wrote any.
 */
export interface Position {
  readonly hotkey: Uint8Array;
  readonly coldkey: Uint8Array;
  readonly netuid: number;
}

/** Alpha of one coldkey. */
export function stakeOf(state: State, { hotkey, coldkey, netuid }: Position): bigint {
  const share = state.get(alphaV2, hotkey, coldkey, netuid);
  const shares = state.get(totalHotkeySharesV2, hotkey, netuid);
  return toU64(multiplyDivide(floatOf(state.get(totalHotkeyAlpha, hotkey, netuid)), share, shares));
}

/** Alpha of all coldkeys together. */
export const stakeOfHotkey = (state: State, hotkey: Uint8Array, netuid: number): bigint =>
  state.get(totalHotkeyAlpha, hotkey, netuid);

/** Whether so little alpha would still be worth a share. */
export function canAddStake(state: State, hotkey: Uint8Array, netuid: number, amount: bigint): boolean {
  const shares = state.get(totalHotkeySharesV2, hotkey, netuid);
  return isZero(shares) || !isZero(sharesFor(state, hotkey, netuid, amount));
}

/** Gives a coldkey shares for alpha that is new with the hotkey, and notes that it stakes there. */
export function addStake(state: State, position: Position, amount: bigint): void {
  const { hotkey, coldkey } = position;
  if (amount > 0n) withMember(state, stakingHotkeys, coldkey, hotkey);
  changeShares(state, position, amount, add);
  changeTotal(state, hotkey, position.netuid, amount);
}

/** Takes shares back; more alpha than the coldkey has changes nothing, as on the chain. */
export function takeStake(state: State, position: Position, amount: bigint): void {
  if (stakeOf(state, position) < amount) return;
  changeShares(state, position, amount, subtract);
  changeTotal(state, position.hotkey, position.netuid, -amount);
}

/** Gives alpha to all of a hotkey's coldkeys by their shares: dividends. */
export const addStakeForAll = (state: State, hotkey: Uint8Array, netuid: number, amount: bigint): void =>
  changeTotal(state, hotkey, netuid, amount);

function changeShares(
  state: State,
  { hotkey, coldkey, netuid }: Position,
  amount: bigint,
  change: (a: SafeFloat, b: SafeFloat) => SafeFloat,
): void {
  const shares = state.get(totalHotkeySharesV2, hotkey, netuid);
  if (isZero(shares)) {
    // The first has all.
    setShares(state, { hotkey, coldkey, netuid }, floatOf(amount), floatOf(amount));
    return;
  }
  const changed = sharesFor(state, hotkey, netuid, amount);
  const own = state.get(alphaV2, hotkey, coldkey, netuid);
  setShares(state, { hotkey, coldkey, netuid }, change(own, changed), change(shares, changed));
}

const sharesFor = (state: State, hotkey: Uint8Array, netuid: number, amount: bigint): SafeFloat =>
  multiplyDivide(
    floatOf(amount),
    state.get(totalHotkeySharesV2, hotkey, netuid),
    floatOf(state.get(totalHotkeyAlpha, hotkey, netuid)),
  );

/** What is zero is not kept. */
function setShares(state: State, { hotkey, coldkey, netuid }: Position, own: SafeFloat, all: SafeFloat): void {
  if (isZero(own)) state.remove(alphaV2, hotkey, coldkey, netuid);
  else state.set(alphaV2, hotkey, coldkey, netuid, own);
  if (isZero(all)) state.remove(totalHotkeySharesV2, hotkey, netuid);
  else state.set(totalHotkeySharesV2, hotkey, netuid, all);
}

function changeTotal(state: State, hotkey: Uint8Array, netuid: number, change: bigint): void {
  const total = state.get(totalHotkeyAlpha, hotkey, netuid) + change;
  if (total > 0n) state.set(totalHotkeyAlpha, hotkey, netuid, total);
  else state.remove(totalHotkeyAlpha, hotkey, netuid);
}
