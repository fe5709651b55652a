import { u64 } from '../scale/primitives.ts';
import { storageValue } from '../metadata/pallet.ts';
import { totalIssuance as subtensorIssuance } from '../pallets/subtensor/storage-stake.ts';
import type { State } from './state.ts';

/** Rao on all accounts. */
export const totalIssuance = storageValue('Balances', 'TotalIssuance', u64, 0n);

/**
 * Notes rao that came to be or ceased to be, in both places where clients look. (On the real chain the one of
 * SubtensorModule hears of transaction fees that nobody earns only later.)
 */
export function changeIssuance(state: State, by: bigint): void {
  for (const item of [totalIssuance, subtensorIssuance]) {
    const changed = state.get(item) + by;
    state.set(item, changed < 0n ? 0n : changed);
  }
}
