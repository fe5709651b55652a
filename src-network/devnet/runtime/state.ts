import { decode } from '../scale/decode.ts';
import type { StorageItem } from '../metadata/pallet.ts';
import { type StorageKey, storageKey } from './storage-key.ts';

/** A write: `null` removes. */
export type Changes = ReadonlyMap<StorageKey, Uint8Array | null>;

/** The state below: a block's, or that of a surrounding call. */
export interface StateBase {
  raw(key: StorageKey): Uint8Array | null;
  /** Keys with this prefix, in order. */
  keys(prefix: StorageKey): readonly StorageKey[];
}

/** Reads and writes entries by their definition; what is written stays in here until someone takes the changes. */
export class State implements StateBase {
  readonly #base: StateBase;
  readonly #changes = new Map<StorageKey, Uint8Array | null>();

  constructor(base: StateBase) {
    this.#base = base;
  }

  get changes(): Changes {
    return this.#changes;
  }

  /** Takes over what a layer above has changed. */
  apply(changes: Changes): void {
    for (const [key, value] of changes) this.#changes.set(key, value);
  }

  raw(key: StorageKey): Uint8Array | null {
    const own = this.#changes.get(key);
    return own === undefined ? this.#base.raw(key) : own;
  }

  keys(prefix: StorageKey): readonly StorageKey[] {
    const found = new Set(this.#base.keys(prefix));
    for (const [key, value] of this.#changes) {
      if (!key.startsWith(prefix)) continue;
      if (value === null) found.delete(key);
      else found.add(key);
    }
    return [...found].toSorted();
  }

  /** What was written, else the item's fallback. */
  get<K extends readonly unknown[], T>(item: StorageItem<K, T>, ...keys: K): T {
    return this.find(item, ...keys) ?? (item.fallback as T);
  }

  /** What was written; `undefined` when nothing was. */
  find<K extends readonly unknown[], T>(item: StorageItem<K, T>, ...keys: K): T | undefined {
    const bytes = this.raw(storageKey(item, keys));
    return bytes === null ? undefined : decode(item.value, bytes);
  }

  set<K extends readonly unknown[], T>(item: StorageItem<K, T>, ...keysAndValue: readonly [...K, T]): void {
    const keys = keysAndValue.slice(0, -1);
    const value = keysAndValue.at(-1) as T;
    this.#changes.set(storageKey(item, keys), item.value.codec.enc(value));
  }

  remove<K extends readonly unknown[], T>(item: StorageItem<K, T>, ...keys: K): void {
    this.#changes.set(storageKey(item, keys), null);
  }

  /** Removes all entries whose first keys are these. */
  removeAll<K extends readonly unknown[], T>(item: StorageItem<K, T>, ...firstKeys: readonly unknown[]): void {
    for (const key of this.keys(storageKey(item, firstKeys))) this.#changes.set(key, null);
  }

  /** Values of all entries whose first keys are these, in the order of their storage keys. */
  values<K extends readonly unknown[], T>(item: StorageItem<K, T>, ...firstKeys: readonly unknown[]): readonly T[] {
    return this.keys(storageKey(item, firstKeys)).map((key) => decode(item.value, this.raw(key) ?? new Uint8Array()));
  }
}
