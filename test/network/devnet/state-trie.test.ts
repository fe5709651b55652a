import { expect, it } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { StateTrie } from '#network/devnet/runtime/state-trie.ts';
import { trieRoot } from '#network/devnet/runtime/trie-root.ts';

/** Short, of few digits and of even length: many keys are the beginning of others, and forks come and go. */
const randomKey = (random: RandomStream): string =>
  Array.from({ length: 2 * random.nextBelow(4) }, () => '017f'.charAt(random.nextBelow(4))).join('') +
  (random.nextBelow(8) === 0 ? 'ab'.repeat(60 + random.nextBelow(300)) : '');

const randomValue = (random: RandomStream): Uint8Array =>
  Uint8Array.from({ length: random.nextBelow(3) === 0 ? 0 : random.nextBelow(90) }, () => random.nextBelow(256));

it.each(['a', 'b', 'c'])(
  'has after each of many changes the root of the whole state computed anew (seed %s)',
  (seed) => {
    const random = randomStream(utf8(`state trie ${seed}`));
    const trie = new StateTrie();
    const state = new Map<string, Uint8Array>();
    for (let block = 0; block < 150; block += 1) {
      const removes = block % 50 > 30;
      const changes = new Map<string, Uint8Array | null>();
      for (let change = random.nextBelow(8); change >= 0; change -= 1) {
        const known = [...state.keys()];
        const key = removes && known.length > 0 ? known[random.nextBelow(known.length)]! : randomKey(random);
        changes.set(key, (random.nextBelow(removes ? 10 : 3) === 0) === removes ? randomValue(random) : null);
      }
      trie.apply(changes);
      for (const [key, value] of changes) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
      const sorted = [...state].toSorted(([a], [b]) => (a < b ? -1 : 1));
      expect(toHex(trie.root()), `block ${block}, ${state.size} entries`).toBe(toHex(trieRoot(sorted)));
    }
  },
);

it('comes back to the root of nothing when everything is removed', () => {
  const trie = new StateTrie();
  const keys = ['', '00', '0000', '01', 'ff'.repeat(40)];
  trie.apply(new Map(keys.map((key) => [key, utf8(key)])));
  trie.apply(new Map(keys.map((key) => [key, null])));
  expect(trie.root()).toEqual(trieRoot([]));
});
