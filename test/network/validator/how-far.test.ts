import { describe, expect, it } from 'vitest';
import { keptCount } from '#protocol/update/chunks.ts';
import { isTooFar, usualNorm } from '#network/validator/how-far.ts';
import { tensorSizes } from '../../support/round-fixtures.ts';
import { smallRun } from '../../support/small-run.ts';

/** As an update whose values all are this large. */
const all = (value: number) => ({
  squares: Float64Array.from(tensorSizes, (size) => keptCount(size, smallRun.update) * value * value),
});
const ofNorm = (norm: number) => ({ squares: Float64Array.of(0.36 * norm ** 2, 0.64 * norm ** 2) });

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

describe('the usual norm', () => {
  it('is the median of all while nobody is trusted', () => {
    const updates = [1, 900, 2].map((norm) => ({ update: ofNorm(norm), isTrusted: false }));
    expect(usualNorm(updates)).toBeCloseTo(2, 12);
  });

  it('is that of trusted workers, however many others come with small updates', () => {
    const trusted = [4, 6].map((norm) => ({ update: ofNorm(norm), isTrusted: true }));
    const crowd = Array.from({ length: 50 }, () => ({ update: ofNorm(0.01), isTrusted: false }));
    expect(usualNorm([...crowd, ...trusted])).toBeCloseTo(5, 12);
  });
});
