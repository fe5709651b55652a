import { describe, expect, it } from 'vitest';
import { median, outerStep } from '#protocol/outer-step.ts';

const sparse = (entries: readonly (readonly [number, number])[]) => ({
  indices: Uint32Array.from(entries, ([index]) => index),
  values: Float32Array.from(entries, ([, value]) => value),
});
const outer = { learningRate: 1, mean: 'senders' } as const;

describe('outerStep', () => {
  it('averages a coordinate over the peers that sent it', () => {
    const next = outerStep(
      outer,
      [Float32Array.of(10, 10, 10)],
      [
        {
          tensors: [
            sparse([
              [0, 3],
              [1, 4],
            ]),
          ],
          weight: 1,
        },
        {
          tensors: [
            sparse([
              [1, 3],
              [2, 4],
            ]),
          ],
          weight: 1,
        },
      ],
    );
    expect([...next[0]!]).toEqual([7, 6.5, 6]);
  });

  it('averages over all peers when the run says so', () => {
    const next = outerStep(
      { ...outer, mean: 'all' },
      [Float32Array.of(10, 10)],
      [
        { tensors: [sparse([[0, 4]])], weight: 1 },
        { tensors: [sparse([[1, 4]])], weight: 1 },
      ],
    );
    expect([...next[0]!]).toEqual([8, 8]);
  });

  it('clips an update to the median norm, so that one loud peer cannot steer', () => {
    const quiet = { tensors: [sparse([[0, 1]])], weight: 1 };
    const loud = { tensors: [sparse([[0, 1000]])], weight: 1 };
    expect([...outerStep(outer, [Float32Array.of(0)], [quiet, quiet, loud])[0]!]).toEqual([-1]);
  });

  it('counts weights and leaves coordinates that nobody sent', () => {
    const next = outerStep(
      outer,
      [Float32Array.of(0, 5)],
      [
        { tensors: [sparse([[0, 2]])], weight: 3 },
        { tensors: [sparse([[0, -2]])], weight: 1 },
      ],
    );
    expect([...next[0]!]).toEqual([-1, 5]);
  });

  it('gives the same state for no contribution', () => {
    expect(outerStep(outer, [Float32Array.of(1, 2)], [])).toEqual([Float32Array.of(1, 2)]);
  });
});

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
    [[], 0],
  ])('of %j is %f', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
