import { expect, test } from 'vitest';
import { MAX_RUN_MS } from '#worker/engine/run-size.ts';
import { fittingSteps, StepsPerRun } from '#worker/engine/steps-per-run.ts';

test.each([
  ['crossing that costs nothing needs one step', 10, 20, 1],
  ['crossing as long as a tenth of a step needs one', 11, 21, 1],
  ['crossing as long as half a step needs five', 15, 25, 5],
  ['crossing longer than a step takes as many as a graph may have', 30, 40, 8],
  ['no more than fit into the longest run', 90, 130, 3],
  ['one where not even one fits', 300, 500, 1],
  ['a clock that says the second step took nothing', 10, 10, 8],
  ['a machine that was busy during the first', 20, 10, 8],
])('%s', (_, oneMs, twoMs, steps) => {
  expect(fittingSteps(oneMs, twoMs)).toBe(steps);
});

/** Gives runs the time that they take on a machine, and says how many steps they had. */
function runs(stepsPerRun: StepsPerRun, transferMs: number, stepMs: number, count: number): readonly number[] {
  return Array.from({ length: count }, () => {
    const steps = stepsPerRun.current;
    stepsPerRun.measured(transferMs + steps * stepMs);
    return steps;
  });
}

test('measures three runs of one step and three of two, then chooses for good', () => {
  expect(runs(new StepsPerRun(null), 10, 20, 12)).toEqual([1, 1, 1, 2, 2, 2, 5, 5, 5, 5, 5, 5]);
});

test('does not measure two steps where one is too long', () => {
  expect(runs(new StepsPerRun(null), 10, MAX_RUN_MS, 6)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a first run that compiles does not count', () => {
  const stepsPerRun = new StepsPerRun(null);
  const compiles = (runMs: number): void => {
    stepsPerRun.measured(5_000);
    stepsPerRun.measured(runMs);
    stepsPerRun.measured(runMs);
  };
  compiles(30);
  expect(stepsPerRun.current).toBe(2);
  compiles(50);
  expect(stepsPerRun.current).toBe(5);
});

test('begins with what was chosen before, and takes fewer when runs have become too long', () => {
  const stepsPerRun = new StepsPerRun(5);
  expect(runs(stepsPerRun, 10, 20, 4)).toEqual([5, 5, 5, 5]);
  expect(runs(stepsPerRun, 10, 58, 6)).toEqual([5, 5, 5, 3, 3, 3]);
  expect(runs(stepsPerRun, 10, 1, 6), 'not back and forth').toEqual([3, 3, 3, 3, 3, 3]);
});

test.each([
  [0, 1],
  [100, 8],
])('a remembered choice of %d is taken for %d', (known, steps) => {
  expect(new StepsPerRun(known).current).toBe(steps);
});
