import { expect, it } from 'vitest';
import { ByteBudget } from '#worker/peer/reach/byte-budget.ts';

it('a byte budget ends for each key, and for all together, until the next window', () => {
  const budget = new ByteBudget({ ofKey: 100, inAll: 150, windowMs: 1000 });
  expect(budget.spend('a', 100, 0)).toBe(true);
  expect(budget.spend('a', 1, 10)).toBe(false);
  expect(budget.spend('b', 49, 20)).toBe(true);
  expect(budget.spend('c', 1, 999)).toBe(false);
  expect(budget.spend('a', 100, 1000)).toBe(true);
});
