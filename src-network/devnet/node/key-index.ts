import type { StorageKey } from '../runtime/storage-key.ts';

/** Hex digits that all entries of one storage item share: the hashes of its pallet's and its own name. */
const ITEM_DIGITS = 64;

interface Group {
  readonly keys: Set<StorageKey>;
  /** `null`: not sorted since a key came. */
  sorted: readonly StorageKey[] | null;
}

/** The keys of a state in order. Kept by storage item, so that a new key costs the sorting of its own item only, when it is asked for. */
export class KeyIndex {
  readonly #groups = new Map<string, Group>();
  #names: readonly string[] | null = null;

  add(key: StorageKey): void {
    const name = key.slice(0, ITEM_DIGITS);
    const group = this.#groups.get(name);
    if (group === undefined) {
      this.#groups.set(name, { keys: new Set([key]), sorted: null });
      this.#names = null;
      return;
    }
    group.keys.add(key);
    group.sorted = null;
  }

  delete(key: StorageKey): void {
    const name = key.slice(0, ITEM_DIGITS);
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.keys.delete(key);
    group.sorted = null;
    if (group.keys.size > 0) return;
    this.#groups.delete(name);
    this.#names = null;
  }

  /** Those that begin with `prefix`, in order. */
  withPrefix(prefix: StorageKey): readonly StorageKey[] {
    if (prefix.length >= ITEM_DIGITS) return startingWith(this.#sortedGroup(prefix.slice(0, ITEM_DIGITS)), prefix);
    this.#names ??= [...this.#groups.keys()].toSorted();
    return startingWith(this.#names, prefix).flatMap((name) => this.#sortedGroup(name));
  }

  #sortedGroup(name: string): readonly StorageKey[] {
    const group = this.#groups.get(name);
    if (group === undefined) return [];
    group.sorted ??= [...group.keys].toSorted();
    return group.sorted;
  }
}

function startingWith(sorted: readonly string[], prefix: string): readonly string[] {
  const from = lowerBound(sorted, prefix);
  let to = from;
  while (to < sorted.length && sorted[to]?.startsWith(prefix) === true) to += 1;
  return sorted.slice(from, to);
}

function lowerBound(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
