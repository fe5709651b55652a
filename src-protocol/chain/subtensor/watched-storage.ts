import * as v from 'valibot';
import { check } from '../../envelope.ts';
import type { SubtensorConnection } from './connection.ts';

/** Values of the chain's storage that its node keeps up to date here: it sends what has changed, and nothing else. */
export interface WatchedStorage {
  /** SCALE in hex, `null` for nothing; `undefined` as long as the key is not watched. */
  readonly valueOf: (key: string) => string | null | undefined;
  /**
   * Watches these keys too; resolves when the value of each is there, which may be never.
   * @throws MillraceError CHAIN_REFUSED, TIMEOUT
   */
  watch(keys: readonly string[]): Promise<void>;
  /** How many subscriptions the node has for it. */
  readonly subscriptions: number;
  end(): void;
}

const TOPIC = { news: 'state_storage', begin: 'state_subscribeStorage', end: 'state_unsubscribeStorage' };
/** In one request: what nodes allow, the devnet among them. */
const MOST_KEYS = 500;
/** The longest that is right is the list of permits of 4096 neurons, or a commitment of 3 KiB. */
const MOST_CHARACTERS = 16_384;

const changesSchema = v.object({
  changes: v.array(
    v.tuple([v.string(), v.nullable(v.pipe(v.string(), v.maxLength(MOST_CHARACTERS), v.regex(/^0x(?:[\da-f]{2})*$/)))]),
  ),
});

export function watchStorage({ follow }: Pick<SubtensorConnection, 'follow'>): WatchedStorage {
  const values = new Map<string, string | null>();
  const ends: (() => void)[] = [];
  let isEnded = false;

  const watchSome = (keys: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = new Set(keys);
      const awaited = new Set(keys);
      const hear = (news: unknown): void => {
        for (const [key, value] of check(changesSchema, news, 'Changed storage').changes) {
          if (!asked.has(key)) continue;
          values.set(key, value);
          awaited.delete(key);
        }
        if (awaited.size === 0) resolve();
      };
      follow(TOPIC, [keys], hear).then((end) => {
        if (isEnded) end();
        else ends.push(end);
      }, reject);
    });

  return {
    valueOf: (key) => values.get(key),
    async watch(keys) {
      const parts = Array.from({ length: Math.ceil(keys.length / MOST_KEYS) }, (_, i) =>
        keys.slice(i * MOST_KEYS, (i + 1) * MOST_KEYS),
      );
      await Promise.all(parts.map(watchSome));
    },
    get subscriptions() {
      return ends.length;
    },
    end() {
      isEnded = true;
      for (const end of ends.splice(0)) end();
    },
  };
}
