import { NotFoundError } from '@libp2p/interface';
import { BaseDatastore } from 'datastore-core/base';
import type { Pair } from 'interface-datastore';
import { Key } from 'interface-datastore/key';
import { MillraceError } from '#protocol/errors.ts';

/** Peers that are remembered: eight times as many as can be connected. */
export const MAX_REMEMBERED_PEERS = 2048;
/** What identify accepts of one peer takes half of it. */
export const MAX_PEER_BYTES = 16 * 1024;

/** What libp2p remembers of peers, in memory. Names are free, so that without a limit a stranger could fill it; the longest unused go. */
export class PeerMemory extends BaseDatastore {
  readonly #ownKey: string;
  /** Longest unused first. */
  readonly #entries = new Map<string, Uint8Array>();

  /** @param ownKey under which libp2p keeps this node itself; that entry stays */
  constructor(ownKey: string) {
    super();
    this.#ownKey = ownKey;
  }

  get size(): number {
    return this.#entries.size;
  }

  override put(key: Key, value: Uint8Array): Key {
    if (value.length > MAX_PEER_BYTES) throw new MillraceError('PROTOCOL', 'A peer says too much of itself');
    const name = key.toString();
    this.#entries.delete(name);
    this.#entries.set(name, value);
    if (this.#entries.size > MAX_REMEMBERED_PEERS) this.#forgetOne();
    return key;
  }

  override get(key: Key): Uint8Array {
    const name = key.toString();
    const value = this.#entries.get(name);
    if (value === undefined) throw new NotFoundError();
    this.#entries.delete(name);
    this.#entries.set(name, value);
    return value;
  }

  override has(key: Key): boolean {
    return this.#entries.has(key.toString());
  }

  override delete(key: Key): void {
    this.#entries.delete(key.toString());
  }

  override *_all(): Generator<Pair> {
    for (const [key, value] of [...this.#entries]) yield { key: new Key(key, false), value };
  }

  override *_allKeys(): Generator<Key> {
    for (const key of [...this.#entries.keys()]) yield new Key(key, false);
  }

  #forgetOne(): void {
    for (const key of this.#entries.keys()) {
      if (key === this.#ownKey) continue;
      this.#entries.delete(key);
      return;
    }
  }
}
