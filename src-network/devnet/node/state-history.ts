import type { Changes, StateBase } from '../runtime/state.ts';
import type { StorageKey } from '../runtime/storage-key.ts';
import { KeyIndex } from './key-index.ts';

/** What an entry was, from which block on; ascending. */
interface Versions {
  readonly since: number[];
  readonly values: (Uint8Array | null)[];
}

/** What one block has written. */
interface Writes {
  readonly keys: readonly StorageKey[];
  readonly bytes: number;
}

/** One entry from a block on, until its next version. */
export interface StateVersion {
  readonly key: StorageKey;
  readonly since: number;
  readonly value: Uint8Array | null;
}

export interface HistoryLimits {
  /** How far back the state can be read. */
  readonly keptBlocks: number;
  /** What the older values may take of memory; above it the state can be read less far back. */
  readonly keptBytes: number;
}

/** However much they take: as many blocks clients still ask about after the newest is theirs. */
const LEAST_BLOCKS = 64;
/** Beside a value: its place in lists, the object itself. */
const VERSION_BYTES = 160;

/** The state after each of the newest blocks: an entry keeps its older values as long as somebody may ask for them. */
export class StateHistory {
  readonly #entries = new Map<StorageKey, Versions>();
  readonly #keys = new KeyIndex();
  readonly #writes = new Map<number, Writes>();
  readonly #limits: HistoryLimits;
  #bytes = 0;
  #head = -1;
  #oldest = 0;

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** Of a chain that was stored. @param versions ascending by block, as far as they were kept */
  static restored(limits: HistoryLimits, versions: Iterable<StateVersion>, head: number, oldest: number): StateHistory {
    const history = new StateHistory(limits);
    let block = 0;
    let changes = new Map<StorageKey, Uint8Array | null>();
    for (const { key, since, value } of versions) {
      if (since !== block) {
        history.#write(block, changes);
        block = since;
        changes = new Map();
      }
      changes.set(key, value);
    }
    history.#write(block, changes);
    history.#head = head;
    history.#oldest = oldest;
    for (const block of [...history.#writes.keys()]) if (block < oldest) history.#unburden(block);
    history.#forget();
    return history;
  }

  /** The first block after which the state can be read. */
  get oldest(): number {
    return this.#oldest;
  }

  append(block: number, changes: Changes): void {
    this.#head = block;
    this.#write(block, changes);
    this.#forget();
  }

  /** The state after a block. @returns `null` when it is forgotten or does not exist yet */
  at(block: number): StateBase | null {
    if (block < this.#oldest || block > this.#head) return null;
    return {
      raw: (key) => this.#value(key, block),
      keys: (prefix) => this.#keys.withPrefix(prefix).filter((key) => this.#value(key, block) !== null),
    };
  }

  #write(block: number, changes: Changes): void {
    let bytes = 0;
    const keys: StorageKey[] = [];
    for (const [key, value] of changes) {
      const versions = this.#entries.get(key);
      if (versions === undefined) {
        if (value === null) continue;
        this.#entries.set(key, { since: [block], values: [value] });
        this.#keys.add(key);
      } else {
        versions.since.push(block);
        versions.values.push(value);
      }
      keys.push(key);
      bytes += VERSION_BYTES + (value?.length ?? 0);
    }
    this.#writes.set(block, { keys, bytes });
    this.#bytes += bytes;
  }

  #forget(): void {
    const { keptBlocks, keptBytes } = this.#limits;
    for (;;) {
      const blocks = this.#head - this.#oldest;
      if (blocks <= keptBlocks && (this.#bytes <= keptBytes || blocks <= LEAST_BLOCKS)) return;
      this.#oldest += 1;
      for (const key of this.#writes.get(this.#oldest)?.keys ?? []) this.#forgetOlder(key);
      this.#unburden(this.#oldest - 1);
    }
  }

  /** What of it is still the value after the oldest block stays, but is no burden of history. */
  #unburden(block: number): void {
    this.#bytes -= this.#writes.get(block)?.bytes ?? 0;
    this.#writes.delete(block);
  }

  /** Drops what was over before the oldest block, and that the entry was missing at first. */
  #forgetOlder(key: StorageKey): void {
    const versions = this.#entries.get(key);
    if (versions === undefined) return;
    const { since, values } = versions;
    const first = since.findLastIndex((block) => block <= this.#oldest);
    const gone = values[first] === null ? first + 1 : first;
    since.splice(0, gone);
    values.splice(0, gone);
    if (since.length > 0) return;
    this.#entries.delete(key);
    this.#keys.delete(key);
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
}
