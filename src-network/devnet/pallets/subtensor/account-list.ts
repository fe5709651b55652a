import { toHex } from '#protocol/bytes.ts';
import type { StorageItem } from '../../metadata/pallet.ts';
import type { State } from '../../runtime/state.ts';

export const sameAccount = (a: Uint8Array, b: Uint8Array): boolean => toHex(a) === toHex(b);

const hasAccount = (list: readonly Uint8Array[], account: Uint8Array): boolean =>
  list.some((each) => sameAccount(each, account));

/** Puts an account at the end of a list of storage, unless it is in there. */
export function withMember<K extends readonly unknown[]>(
  state: State,
  item: StorageItem<K, readonly Uint8Array[]>,
  ...keysAndMember: readonly [...K, Uint8Array]
): void {
  const keys = keysAndMember.slice(0, -1) as unknown as K;
  const member = keysAndMember.at(-1) as Uint8Array;
  const list = state.get(item, ...keys);
  if (!hasAccount(list, member)) state.set(item, ...keys, [...list, member]);
}
