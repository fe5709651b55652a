import { storageKey } from '../../runtime/storage-key.ts';
import type { State } from '../../runtime/state.ts';
import { DispatchFailure } from '../../runtime/call-context.ts';
import { fromHex } from '#protocol/bytes.ts';
import { SUBTENSOR } from './storage-item.ts';
import { networksAdded, subtokenEnabled } from './storage-subnet.ts';
import { netUid } from './types.ts';

export const ROOT = 0;

/** In the order of their storage keys, as the chain goes through them. */
export function subnets(state: State): readonly number[] {
  const prefix = storageKey(networksAdded, []);
  return state.keys(prefix).map((key) => netUid.codec.dec(fromHex(key.slice(prefix.length))));
}

/** @throws DispatchFailure SubnetNotExists */
export function requireSubnet(state: State, netuid: number): void {
  if (!state.get(networksAdded, netuid)) throw new DispatchFailure(SUBTENSOR, 'SubnetNotExists');
}

/** @throws DispatchFailure SubtokenDisabled */
export function requireTrading(state: State, netuid: number): void {
  if (!state.get(subtokenEnabled, netuid)) throw new DispatchFailure(SUBTENSOR, 'SubtokenDisabled');
}
