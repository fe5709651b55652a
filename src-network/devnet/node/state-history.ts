import type { Changes, StateBase } from '../runtime/state.ts';
import type { StorageKey } from '../runtime/storage-key.ts';

/** What an entry was, from which block on; ascending. */
interface Versions {
  readonly since: number[];
  readonly values: (Uint8Array | null)[];
}

/** The state after each of the newest blocks: an entry keeps its older values as long as somebody may ask for them. */
export class StateHistory {
  readonly #entries = new Map<StorageKey, Versions>();
  readonly #keptBlocks: number;
  #sorted: readonly StorageKey[] | null = null;
  #head = -1;

  /** @param keptBlocks how far back the state can be read */
  constructor(keptBlocks: number) {
    this.#keptBlocks = keptBlocks;
  }

  get oldest(): number {
    return Math.max(0, this.#head - this.#keptBlocks);
  }

  append(block: number, changes: Changes): void {
    this.#head = block;
    for (const [key, value] of changes) {
      const versions = this.#entries.get(key);
      if (versions === undefined) {
        if (value === null) continue;
        this.#entries.set(key, { since: [block], values: [value] });
        this.#sorted = null;
        continue;
      }
      versions.since.push(block);
      versions.values.push(value);
      // All that were over before the oldest block are of no use to anyone.
      const stale = versions.since.findLastIndex((since) => since <= this.oldest);
      if (stale > 0) {
        versions.since.splice(0, stale);
        versions.values.splice(0, stale);
      }
      if (versions.values.length === 1 && versions.values[0] === null) {
        this.#entries.delete(key);
        this.#sorted = null;
      }
    }
  }

  /** The state after a block. @returns `null` when it is forgotten or does not exist yet */
  at(block: number): StateBase | null {
    if (block < this.oldest || block > this.#head) return null;
    return {
      raw: (key) => this.#value(key, block),
      keys: (prefix) => this.#keys(prefix).filter((key) => this.#value(key, block) !== null),
    };
  }

  /** All entries after the newest block, by key. */
  entries(): readonly (readonly [StorageKey, Uint8Array])[] {
    return this.#keys('').flatMap((key) => {
      const value = this.#value(key, this.#head);
      return value === null ? [] : [[key, value] as const];
    });
  }

  #value(key: StorageKey, block: number): Uint8Array | null {
    const versions = this.#entries.get(key);
    if (versions === undefined) return null;
    // Nearly always the newest is asked for.
    for (let i = versions.since.length - 1; i >= 0; i -= 1) {
      if ((versions.since[i] ?? Infinity) <= block) return versions.values[i] ?? null;
    }
    return null;
  }

  #keys(prefix: StorageKey): readonly StorageKey[] {
    this.#sorted ??= [...this.#entries.keys()].toSorted();
    const from = lowerBound(this.#sorted, prefix);
    let to = from;
    while (to < this.#sorted.length && this.#sorted[to]?.startsWith(prefix) === true) to += 1;
    return this.#sorted.slice(from, to);
  }
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
