import { expect, it } from 'vitest';
import { FULL_WEIGHT, mergeWeight } from '#protocol/round/merge-weight.ts';

it.each([
  ['fresh', 0, 1, FULL_WEIGHT],
  ['one step old', 1, 1, 500],
  ['two steps old', 2, 1, 333],
  ['fresh, of a newcomer', 0, 0.5, 500],
  ['hardly worth anything, but not nothing', 8, 0.001, 1],
])('an update that is %s weighs by age and standing', (_, staleness, share, weight) => {
  expect(mergeWeight(staleness, share)).toBe(weight);
});
