import { describe, expect, it } from 'vitest';
import { keptCount } from '#protocol/update/chunks.ts';
import { isTooFar } from '#network/validator/how-far.ts';
import { tensorSizes } from '../../support/round-fixtures.ts';
import { smallRun } from '../../support/small-run.ts';

/** As an update whose values all are this large. */
const all = (value: number) => ({
  squares: Float64Array.from(tensorSizes, (size) => keptCount(size, smallRun.update) * value * value),
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
