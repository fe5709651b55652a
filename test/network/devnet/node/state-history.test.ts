import { expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { StateHistory } from '#network/devnet/node/state-history.ts';

const KEYS = Array.from({ length: 12 }, (_, n) => `${n % 3}`.repeat(64) + `${n}`.padStart(4, '0'));

const randomChanges = (random: RandomStream): Map<string, Uint8Array | null> =>
  new Map(
    Array.from({ length: random.nextBelow(5) }, () => [
      KEYS[random.nextBelow(KEYS.length)]!,
      random.nextBelow(3) === 0 ? null : Uint8Array.of(random.nextBelow(256)),
    ]),
  );

it('reads each kept state as it was, with its keys in order, and none that is older', () => {
  const random = randomStream(utf8('state history'));
  const history = new StateHistory({ keptBlocks: 6, keptBytes: Infinity });
  const states: ReadonlyMap<string, Uint8Array>[] = [];
  for (let block = 0; block < 300; block += 1) {
    const changes = randomChanges(random);
    history.append(block, changes);
    const state = new Map(states.at(-1));
    for (const [key, value] of changes) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
    states.push(state);
    const oldest = Math.max(0, block - 6);
    expect(history.oldest).toBe(oldest);
    expect(history.at(oldest - 1)).toBeNull();
    for (let at = oldest; at <= block; at += 1) {
      const read = history.at(at)!;
      const sorted = [...(states[at] ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
      expect(read.keys('').map((key) => [key, read.raw(key)])).toEqual(sorted);
      expect(read.keys('1'.repeat(64))).toEqual(sorted.map(([key]) => key).filter((key) => key.startsWith('1')));
    }
  }
});

it('reads less far back when old values take too much memory, but never less than 64 blocks', () => {
  const history = new StateHistory({ keptBlocks: 1_000, keptBytes: 100_000 });
  for (let block = 0; block < 500; block += 1) history.append(block, new Map([['ab', new Uint8Array(500)]]));
  expect(500 - history.oldest).toBeLessThan(160);
  for (let block = 500; block < 600; block += 1) history.append(block, new Map([['ab', new Uint8Array(50_000)]]));
  expect(599 - history.oldest).toBe(64);
});
