import { fromHex, toHex } from '#protocol/bytes.ts';
import { type Alpha, alpha } from '#protocol/units.ts';
import { taoWeightOf } from '../../pool/block-emission.ts';
import { shareDividend } from '../../pool/child-keys.ts';
import type { State } from '../../runtime/state.ts';
import { sameAccount } from './account-list.ts';
import { effectiveTake } from './child-calls.ts';
import { stakeOfHotkey } from './share-pool.ts';
import { childKeys, parentKeys } from './storage-children.ts';
import { owner, taoWeight } from './storage-stake.ts';
import { ROOT } from './subnets.ts';

interface HotkeyDividend {
  readonly hotkey: Uint8Array;
  readonly dividend: Alpha;
}

/**
 * Gives parents their part of what their children have earned, also parents without a neuron in the subnet. Source:
 * pallets/subtensor/src/coinbase/run_coinbase.rs (calculate_dividends_and_incentives).
 * @returns each hotkey once, sorted by account
 */
export function shareDividends(
  state: State,
  netuid: number,
  earned: readonly HotkeyDividend[],
): readonly HotkeyDividend[] {
  const paid = new Map<string, bigint>();
  const pay = (hotkey: Uint8Array, amount: bigint): void => {
    const key = toHex(hotkey);
    paid.set(key, (paid.get(key) ?? 0n) + amount);
  };
  const stakes = (hotkey: Uint8Array) => ({
    alphaStake: stakeOfHotkey(state, hotkey, netuid),
    rootTao: stakeOfHotkey(state, hotkey, ROOT),
  });
  for (const { hotkey, dividend } of earned) {
    const coldkey = state.get(owner, hotkey);
    const parents = state.get(parentKeys, hotkey, netuid);
    const shared = shareDividend({
      ...{ dividend, own: stakes(hotkey), taoWeight: taoWeightOf(state.get(taoWeight)) },
      take: effectiveTake(state, netuid, hotkey),
      given: state.get(childKeys, hotkey, netuid).map(([proportion]) => proportion),
      parents: parents.map(([proportion, parent]) => ({
        ...{ ...stakes(parent), proportion },
        isOfSameColdkey: sameAccount(state.get(owner, parent), coldkey),
      })),
    });
    parents.forEach(([, parent], index) => pay(parent, shared.parents[index] ?? 0n));
    pay(hotkey, shared.self);
  }
  const sorted = [...paid].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([hotkey, amount]) => ({ hotkey: fromHex(hotkey), dividend: alpha(amount) }));
}
