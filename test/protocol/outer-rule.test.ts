import { describe, expect, it } from 'vitest';
import { outerRuleAt } from '#protocol/outer-rule.ts';

describe('the outer learning rate', () => {
  const outer = {
    learningRates: [
      { fromStep: 0, rate: 1 },
      { fromStep: 10, rate: 0.9 },
      { fromStep: 11, rate: 0.4 },
    ],
    mean: 'all',
    momentum: 0.5,
  } as const;

  it.each([
    [0, 1],
    [9, 1],
    [10, 0.9],
    [11, 0.4],
    [4_000_000_000, 0.4],
  ])('after %i steps is %f', (steps, learningRate) => {
    expect(outerRuleAt({ ...outer, learningRates: [...outer.learningRates] }, steps)).toEqual({
      ...{ learningRate, mean: 'all', momentum: 0.5 },
    });
  });

  it('of a schedule that begins later is an error, not a guess', () => {
    expect(() => outerRuleAt({ ...outer, learningRates: [{ fromStep: 5, rate: 1 }] }, 4)).toThrow(/for step 4/);
  });
});
