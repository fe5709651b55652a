import type { QueryableStorageEntry } from '@polkadot/api/types';
import { fromHex } from '../../bytes.ts';
import { storage } from './items.ts';
import type { QuietApi } from './quiet-api.ts';
import type { WatchedStorage } from './watched-storage.ts';

/** Items of the chain's storage by their names, read from what is watched. */
export interface WatchedItems {
  /**
   * What `decode` makes of the library's JSON of a value, `whenNone` where the chain has nothing; `undefined` as long as it is not
   * watched. Decoded once: each item has one `decode`. @throws what it throws; MillraceError CHAIN_REFUSED when there is no such item
   */
  readonly read: <T, None>(
    pallet: string,
    name: string,
    args: readonly unknown[],
    decode: (json: unknown) => T,
    whenNone: None,
  ) => T | None | undefined;
  /** Keys that were asked for and are not watched, since the last call. */
  readonly takeMissing: () => readonly string[];
}

interface Slot {
  readonly entry: QueryableStorageEntry<'promise'>;
  readonly key: string;
  hex: string | null;
  value: unknown;
}

export function readWatched(api: QuietApi, { valueOf }: WatchedStorage): WatchedItems {
  const slots = new Map<string, Slot>();
  let missing = new Set<string>();

  const slotOf = (pallet: string, name: string, args: readonly unknown[]): Slot => {
    const id = [pallet, name, ...args].join(' ');
    const known = slots.get(id);
    if (known !== undefined) return known;
    const entry = storage(api, pallet, name);
    const slot = { entry, key: entry.key(...args), hex: null, value: null };
    slots.set(id, slot);
    return slot;
  };
  const jsonOf = ({ entry }: Slot, hex: string): unknown => {
    const { type } = entry.creator.meta;
    const name = api.registry.createLookupType(type.isPlain ? type.asPlain : type.asMap.value);
    return api.registry.createTypeUnsafe(name, [fromHex(hex.slice(2))]).toJSON();
  };

  return {
    read<T, None>(
      pallet: string,
      name: string,
      args: readonly unknown[],
      decode: (json: unknown) => T,
      whenNone: None,
    ): T | None | undefined {
      const slot = slotOf(pallet, name, args);
      const hex = valueOf(slot.key);
      if (hex === undefined) {
        missing.add(slot.key);
        return undefined;
      }
      if (hex === null) return whenNone;
      if (hex !== slot.hex) {
        slot.value = decode(jsonOf(slot, hex));
        slot.hex = hex;
      }
      return slot.value as T;
    },
    takeMissing() {
      const taken = [...missing];
      missing = new Set();
      return taken;
    },
  };
}
