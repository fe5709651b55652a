import { describe, expect, it } from 'vitest';
import { integerTicks, linearScale, niceStep, niceTicks } from '#renderer/chart/scale.ts';

describe('linearScale', () => {
  it('maps the ends and the middle, also onto a falling range', () => {
    const y = linearScale([2, 6], [100, 0]);
    expect([2, 4, 6].map(y)).toEqual([100, 50, 0]);
  });

  it('puts a domain of one value in the middle', () => expect(linearScale([3, 3], [0, 10])(3)).toBe(5));
});

describe('niceStep', () => {
  it.each([
    [3.2, 4, 1],
    [0.31, 4, 0.1],
    [100, 4, 20],
    [1_000, 2, 500],
  ])('covers %d in about %d steps of %d', (span, count, step) => expect(niceStep(span, count)).toBeCloseTo(step, 12));
});

describe('niceTicks', () => {
  it('frames the data', () => expect(niceTicks(2.31, 5.48, 4)).toEqual([2, 3, 4, 5, 6]));
  it('writes decimals without binary dust', () => expect(niceTicks(0.1, 0.3, 2)).toEqual([0.1, 0.2, 0.3]));
  it('has two ticks at least when all values are equal', () => {
    const ticks = niceTicks(2.5, 2.5, 4);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks[0]).toBeLessThanOrEqual(2.5);
    expect(ticks.at(-1)).toBeGreaterThan(2.5);
  });
  it('has none for nothing', () => {
    expect(niceTicks(Infinity, -Infinity, 4)).toEqual([]);
    expect(niceTicks(NaN, 1, 4)).toEqual([]);
  });
});

describe('integerTicks', () => {
  it('stays inside and on whole rounds', () => {
    expect(integerTicks(1, 41, 4)).toEqual([10, 20, 30, 40]);
    expect(integerTicks(12, 13, 8)).toEqual([12, 13]);
  });
});
