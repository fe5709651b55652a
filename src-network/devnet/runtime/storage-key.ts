import { Blake2128Concat, Identity, Twox128, Twox64Concat } from '@polkadot-api/substrate-bindings';
import { toHex, utf8 } from '#protocol/bytes.ts';
import type { HasherName, AnyStorageItem } from '../metadata/pallet.ts';

/** Lower-case hex without 0x: what the state is sorted and looked up by. */
export type StorageKey = string;

const HASHERS: Readonly<Record<HasherName, (input: Uint8Array) => Uint8Array>> = {
  Identity,
  Blake2128Concat,
  Twox64Concat,
};

const prefixes = new WeakMap<AnyStorageItem, StorageKey>();

/** Twox128 of the pallet's and of the item's name. */
function itemPrefix(item: AnyStorageItem): StorageKey {
  const known = prefixes.get(item);
  if (known !== undefined) return known;
  const prefix = toHex(Twox128(utf8(item.pallet))) + toHex(Twox128(utf8(item.name)));
  prefixes.set(item, prefix);
  return prefix;
}

/** The key of one entry, or, with fewer keys than the map has, the prefix of all that begin with them. */
export function storageKey(item: AnyStorageItem, keys: readonly unknown[]): StorageKey {
  let key = itemPrefix(item);
  for (const [index, value] of keys.entries()) {
    const part = item.keys[index];
    if (part === undefined) throw new RangeError(`${item.pallet}.${item.name} has ${item.keys.length} keys`);
    key += toHex(HASHERS[part.hasher](part.type.codec.enc(value)));
  }
  return key;
}
