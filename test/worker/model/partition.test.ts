import { describe, expect, test } from 'vitest';
import { integerHashes } from '#protocol/integer-hash.ts';
import { partition, type Piece } from '#worker/model/partition.ts';

/** Units with work and size, slots with room and speed: what shards and cards are. */
interface Case {
  readonly work: readonly number[];
  readonly size: readonly number[];
  readonly slots: readonly { readonly count: number; readonly room: number; readonly speed: number }[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function randomCase(seed: number): Case {
  const numbers = [...integerHashes(40, 11, seed * 40)];
  const next = (limit: number): number => numbers.pop()! % limit;
  const units = 1 + next(6);
  return {
    work: Array.from({ length: units }, () => next(7)),
    size: Array.from({ length: units }, () => 1 + next(5)),
    slots: Array.from({ length: 1 + next(3) }, () => ({ count: 1 + next(2), room: 2 + next(12), speed: 1 + next(3) })),
  };
}

const costIn =
  ({ work, size, slots }: Case) =>
  (kind: number, from: number, to: number): number =>
    sum(size.slice(from, to)) <= slots[kind]!.room ? sum(work.slice(from, to)) / slots[kind]!.speed : Infinity;

/** Every way to cut the units and to give each piece a slot. */
function* allPlans(given: Case, from = 0, left = given.slots.map(({ count }) => count)): Generator<readonly Piece[]> {
  if (from === given.work.length) yield [];
  for (let to = from + 1; to <= given.work.length; to++) {
    for (const [kind, count] of left.entries()) {
      if (count === 0 || costIn(given)(kind, from, to) === Infinity) continue;
      for (const rest of allPlans(given, to, left.with(kind, count - 1))) yield [{ kind, from, to }, ...rest];
    }
  }
}

describe.each([
  { fewest: false, order: 'the cheapest bottleneck, then the fewest pieces' },
  { fewest: true, order: 'the fewest pieces, then the cheapest bottleneck' },
])('A partition with $order', ({ fewest }) => {
  test('is as good as the best of all, in 400 random cases', () => {
    const outcomes = { found: 0, none: 0 };
    for (let seed = 0; seed < 400; seed++) {
      const given = randomCase(seed);
      const cost = costIn(given);
      const value = (pieces: readonly Piece[]): readonly [number, number] => {
        const bottleneck = Math.max(...pieces.map(({ kind, from, to }) => cost(kind, from, to)));
        return fewest ? [pieces.length, bottleneck] : [bottleneck, pieces.length];
      };
      const slots = given.slots.map(({ count }, kind) => ({
        count,
        cost: (from: number, to: number) => cost(kind, from, to),
      }));
      const result = partition({ units: given.work.length, slots, fewest });
      outcomes[result.kind] += 1;
      const best = [...allPlans(given)].map(value).sort((a, b) => a[0] - b[0] || a[1] - b[1])[0];
      expect(result.kind === 'found' ? value(result.pieces) : undefined, `seed ${seed}`).toEqual(best);
      if (result.kind === 'none') continue;
      expect(result.pieces.map(({ from }) => from)).toEqual([0, ...result.pieces.slice(0, -1).map(({ to }) => to)]);
      expect(result.pieces.at(-1)!.to).toBe(given.work.length);
      for (const [kind, { count }] of given.slots.entries()) {
        expect(result.pieces.filter((piece) => piece.kind === kind).length).toBeLessThanOrEqual(count);
      }
    }
    expect(Math.min(outcomes.found, outcomes.none)).toBeGreaterThan(20);
  });
});

test('Equal work on equal slots is spread evenly, not piled up at the front', () => {
  const slots = [{ count: 3, cost: (from: number, to: number) => to - from }];
  const result = partition({ units: 7, slots, fewest: false });
  const lengths = result.kind === 'found' ? result.pieces.map(({ from, to }) => to - from) : [];
  expect(lengths.toSorted()).toEqual([2, 2, 3]);
});

test('Slots that do not take all units say how far they get', () => {
  const slots = [{ count: 2, cost: (from: number, to: number) => (to - from <= 2 ? 1 : Infinity) }];
  expect(partition({ units: 7, slots, fewest: false })).toEqual({ kind: 'none', reached: 4 });
});
