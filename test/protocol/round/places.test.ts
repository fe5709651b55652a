import { describe, expect, it } from 'vitest';
import type { Hotkey } from '#protocol/ids.ts';
import { MAX_MANIFEST_ENTRIES } from '#protocol/round/manifest.ts';
import { type Candidate, NEWCOMER_PLACES, withPlace } from '#protocol/round/places.ts';

const seed = (n: number) => new Uint8Array(32).fill(n);
const some = (count: number, name: string, isNewcomer: boolean): readonly Candidate[] =>
  Array.from({ length: count }, (_, n) => ({ hotkey: `${name}${n}` as Hotkey, isNewcomer }));
const newcomersIn = (chosen: ReadonlySet<Hotkey>): number => [...chosen].filter((one) => one.startsWith('new')).length;

describe('a place in the manifest of a round', () => {
  it('is for everyone while there is room', () => {
    expect(withPlace(some(MAX_MANIFEST_ENTRIES, 'old', false), seed(1)).size).toBe(MAX_MANIFEST_ENTRIES);
  });

  it.each([
    ['a reserved part for newcomers, however many are trusted', 400, 400, NEWCOMER_PLACES],
    ['nothing for newcomers that are not there', 400, 0, 0],
    ['as many newcomers as there are', 400, 5, 5],
    ['for newcomers all that the trusted leave', 100, 400, MAX_MANIFEST_ENTRIES - 100],
  ])('is %s', (_, old, fresh, expected) => {
    const chosen = withPlace([...some(old, 'old', false), ...some(fresh, 'new', true)], seed(1));
    expect(chosen.size).toBe(MAX_MANIFEST_ENTRIES);
    expect(newcomersIn(chosen)).toBe(expected);
  });

  it('does not depend on the order of the updates, and is drawn anew in each round', () => {
    const all = [...some(300, 'old', false), ...some(100, 'new', true)];
    const chosen = withPlace(all, seed(1));
    expect([...withPlace(all.toReversed(), seed(1))].toSorted()).toEqual([...chosen].toSorted());
    expect([...withPlace(all, seed(2))].toSorted()).not.toEqual([...chosen].toSorted());
  });

  it('comes to everyone in time', () => {
    const all = some(400, 'old', false);
    const lucky = new Set(Array.from({ length: 12 }, (_, n) => [...withPlace(all, seed(n))]).flat());
    expect(lucky.size).toBe(400);
  });

  it('is hardly another one for a validator to which a few updates did not come', () => {
    const all = some(400, 'old', false);
    const chosen = withPlace(all, seed(1));
    const elsewhere = withPlace(all.slice(10), seed(1));
    expect([...chosen].filter((one) => !elsewhere.has(one)).length).toBeLessThanOrEqual(10);
  });
});
