import { BaseDatastore } from 'datastore-core/base';
import type { KeyQuery, Pair, Query } from 'interface-datastore';
import { NotFoundError } from '@libp2p/interface';
import { Key } from 'interface-datastore/key';
import { MillraceError } from '#protocol/errors.ts';
import { MAX_PROVIDERS_OF_A_BLOB, PROVIDER_RECORD_LIFE_MS } from '#protocol/peer/provider-protocol.ts';

/** Of strangers, all together: about 6 MB. */
export const MAX_RECORDS = 8192;
/** Of one provider; its newest take the place of its oldest. */
export const MAX_RECORDS_OF_A_PROVIDER = 256;

/** `PREFIX/provider/HASH/PEER`: a SHA-256 multihash in base 32, and a peer id. Longer names are none of ours. */
const RECORD = /^\/dht\/provider\/([a-z2-7]{55})\/([1-9A-HJ-NP-Za-km-z]{40,64})$/;
const CONTENT = /^\/dht\/provider\/([a-z2-7]{55})$/;

interface RecordOf {
  readonly key: string;
  readonly content: string;
  readonly provider: string;
  readonly value: Uint8Array;
  readonly expiresMs: number;
}

export interface RecordStoreOptions {
  readonly ownPeerId: string;
  readonly nowMs: () => number;
}

/**
 * What the DHT keeps: provider records and nothing else, never more than so many, in memory. When it is full, whoever has the
 * most records here loses its oldest: one that sends many takes room from itself alone. Own records are not counted.
 */
export class RecordStore extends BaseDatastore {
  readonly #options: RecordStoreOptions;
  readonly #byContent = new Map<string, Map<string, RecordOf>>();
  /** Oldest first. */
  readonly #byProvider = new Map<string, Map<string, RecordOf>>();
  #strangers = 0;

  constructor(options: RecordStoreOptions) {
    super();
    this.#options = options;
  }

  get size(): number {
    let size = 0;
    for (const records of this.#byProvider.values()) size += records.size;
    return size;
  }

  /** A record beyond the limits is dropped without a word: its sender learns nothing from it. @throws PROTOCOL for what is no record */
  override put(key: Key, value: Uint8Array): Key {
    const name = key.toString();
    const [, content, provider] = RECORD.exec(name) ?? [];
    if (content === undefined || provider === undefined || value.length > 16) {
      throw new MillraceError('PROTOCOL', 'Only provider records of blobs are kept');
    }
    this.#remove(name);
    const others = this.#living(content);
    const isOwn = provider === this.#options.ownPeerId;
    if (!isOwn && others.length >= MAX_PROVIDERS_OF_A_BLOB) return key;
    if (!isOwn) this.#makeRoom(provider);
    const expiresMs = isOwn ? Infinity : this.#options.nowMs() + PROVIDER_RECORD_LIFE_MS;
    this.#add({ key: name, content, provider, value, expiresMs });
    return key;
  }

  override get(key: Key): Uint8Array {
    const record = this.#find(key.toString());
    if (record === undefined) throw new NotFoundError();
    return record.value;
  }

  override has(key: Key): boolean {
    return this.#find(key.toString()) !== undefined;
  }

  override delete(key: Key): void {
    this.#remove(key.toString());
  }

  override *_all({ prefix }: Query): Generator<Pair> {
    const content = CONTENT.exec(prefix ?? '')?.[1];
    const contents = content === undefined ? [...this.#byContent.keys()] : [content];
    for (const one of contents) {
      for (const { key, value } of this.#living(one)) yield { key: new Key(key, false), value };
    }
  }

  override *_allKeys({ prefix }: KeyQuery): Generator<Key> {
    for (const { key } of this._all(prefix === undefined ? {} : { prefix })) yield key;
  }

  #find(name: string): RecordOf | undefined {
    const [, content, provider] = RECORD.exec(name) ?? [];
    return this.#living(content ?? '').find((record) => record.provider === provider);
  }

  #living(content: string): readonly RecordOf[] {
    const records = [...(this.#byContent.get(content)?.values() ?? [])];
    const nowMs = this.#options.nowMs();
    for (const { key, expiresMs } of records) if (expiresMs <= nowMs) this.#remove(key);
    return records.filter(({ expiresMs }) => expiresMs > nowMs);
  }

  #makeRoom(provider: string): void {
    const own = this.#byProvider.get(provider);
    if (own !== undefined && own.size >= MAX_RECORDS_OF_A_PROVIDER) this.#removeOldest(own);
    if (this.#strangers < MAX_RECORDS) return;
    let most = own;
    for (const [peer, records] of this.#byProvider) {
      if (peer !== this.#options.ownPeerId && records.size > (most?.size ?? 0)) most = records;
    }
    if (most !== undefined) this.#removeOldest(most);
  }

  #removeOldest(records: ReadonlyMap<string, RecordOf>): void {
    const [oldest] = records.keys();
    if (oldest !== undefined) this.#remove(oldest);
  }

  #add(record: RecordOf): void {
    entryOf(this.#byContent, record.content).set(record.provider, record);
    entryOf(this.#byProvider, record.provider).set(record.key, record);
    if (record.provider !== this.#options.ownPeerId) this.#strangers += 1;
  }

  #remove(name: string): void {
    const [, content, provider] = RECORD.exec(name) ?? [];
    if (content === undefined || provider === undefined) return;
    if (!takeFrom(this.#byContent, content, provider)) return;
    takeFrom(this.#byProvider, provider, name);
    if (provider !== this.#options.ownPeerId) this.#strangers -= 1;
  }
}

type Nested = Map<string, Map<string, RecordOf>>;

function entryOf(map: Nested, key: string): Map<string, RecordOf> {
  const entry = map.get(key) ?? new Map<string, RecordOf>();
  map.set(key, entry);
  return entry;
}

function takeFrom(map: Nested, outer: string, inner: string): boolean {
  const entry = map.get(outer);
  const was = entry?.delete(inner) === true;
  if (entry?.size === 0) map.delete(outer);
  return was;
}
