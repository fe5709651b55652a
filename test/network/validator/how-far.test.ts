import { describe, expect, it } from 'vitest';
import type { Hotkey } from '#protocol/ids.ts';
import { keptCount } from '#protocol/update/chunks.ts';
import { isTooFar, timesUsualLength } from '#network/validator/how-far.ts';
import { tensorSizes } from '../../support/round-fixtures.ts';
import { smallRun } from '../../support/small-run.ts';

/** As an update whose values all are this large. */
const all = (value: number) => ({
  squares: Float64Array.from(tensorSizes, (size) => keptCount(size, smallRun.update) * value * value),
});

const lengthOf = (name: string, value: number, innerSteps = 30) => ({
  hotkey: name as Hotkey,
  innerSteps,
  update: all(value),
});

describe('how long an update is, in what is usual', () => {
  const others = [lengthOf('b', 2), lengthOf('c', 3), lengthOf('d', 4)];

  it.each([
    ['as long as most', lengthOf('a', 3), 1],
    ['the same work times five', lengthOf('a', 15), 5],
    ['shorter', lengthOf('a', 1.5), 0.5],
    ['of twice as many steps: it may be twice as long', lengthOf('a', 6, 60), 1],
    ['of a ninth of the steps: it may be a third as long', lengthOf('a', 1, 10 / 3), 1],
    ['of a ninth of the steps, made as long as all', lengthOf('a', 3, 10 / 3), 3],
  ])('%s', (_, update, times) => {
    expect(timesUsualLength(update, others)).toBeCloseTo(times, 6);
  });

  it('is no matter of its own length', () => {
    expect(timesUsualLength(lengthOf('d', 5), others)).toBeCloseTo(2, 6);
  });

  it.each([
    ['there is only one other', [lengthOf('b', 2)]],
    ['the others sent nothing', [lengthOf('b', 0), lengthOf('c', 0)]],
  ])('cannot be told where %s', (_, few) => {
    expect(timesUsualLength(lengthOf('a', 3), few)).toBe(1);
  });
});

describe('how far an update goes', () => {
  // Three steps of two learning rates of 0.001, for twenty rounds: errors decay by 0.95.
  const farthest = 0.12;

  it('is believed up to what inner steps and error feedback can make together', () => {
    expect(isTooFar(smallRun, 4, all(0.999 * farthest))).toBe(false);
    expect(isTooFar(smallRun, 4, all(1.001 * farthest))).toBe(true);
  });

  it('is measured by the rate that warming up has reached', () => {
    // The last of the first round's three steps has three quarters of the rate.
    expect(isTooFar(smallRun, 0, all(0.76 * farthest))).toBe(true);
    expect(isTooFar(smallRun, 0, all(0.74 * farthest))).toBe(false);
  });

  it('is without bound where errors are never forgotten', () => {
    const spec = { ...smallRun, update: { ...smallRun.update, errorDecay: 1 } };
    expect(isTooFar(spec, 4, all(10_000))).toBe(false);
  });
});
