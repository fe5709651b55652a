import type { StorageItem } from '../../metadata/pallet.ts';
import type { State } from '../../runtime/state.ts';
import { lastUpdate, subnetworkN } from './storage-neurons.ts';

/** A list with an entry for each uid of a subnet. */
type NeuronList<T> = StorageItem<[number], readonly T[]>;

/** Sets one entry; one that is not in the list is left alone, as on the chain. */
export function setAt<T>(state: State, item: NeuronList<T>, netuid: number, uid: number, value: T): void {
  const list = state.get(item, netuid);
  if (uid < list.length) state.set(item, netuid, list.with(uid, value));
}

export const append = <T>(state: State, item: NeuronList<T>, netuid: number, value: T): void =>
  state.set(item, netuid, [...state.get(item, netuid), value]);

/** The blocks of the last weights, one for each uid. Source: pallets/subtensor/src/utils/misc.rs (get_last_update). */
export function lastUpdates(state: State, netuid: number): readonly bigint[] {
  const known = state.get(lastUpdate, netuid);
  const missing = Math.max(0, state.get(subnetworkN, netuid) - known.length);
  return [...known, ...Array.from({ length: missing }, () => 0n)];
}

export function setLastUpdate(state: State, netuid: number, uid: number, block: number): void {
  const list = lastUpdates(state, netuid);
  if (uid < list.length) state.set(lastUpdate, netuid, list.with(uid, BigInt(block)));
}
