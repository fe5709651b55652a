import { expect, test } from 'vitest';
import { deviation, recorded, recordedWindows, smoothed, trainCurve } from '../../bench/support/loss-curve.ts';

const STEPS = 40;

test('the loss falls on real text as PyTorch’s does, within 1e-4 at each of the first 40 steps', async () => {
  const windows = await recordedWindows();
  const expected = recorded.losses.slice(0, STEPS);
  const losses = await trainCurve(windows.slice(0, STEPS), { threads: 1 });
  expect(deviation(losses, expected).largest).toBeLessThan(1e-4);
  expect(losses.at(-1)).toBeLessThan(0.55 * losses[0]!);
}, 60_000);

test('a deviation is relative, and a loss that is no number is the largest', () => {
  expect(deviation([1, 3.03, 2], [1, 3, 2])).toEqual({ largest: 3.03 / 3 - 1, step: 1 });
  expect(deviation([1, NaN, 9], [1, 3, 2])).toEqual({ largest: NaN, step: 1 });
  expect(() => deviation([1], [1, 2])).toThrow(/1 steps do not compare with 2/);
});

test('a curve is smoothed over steps in a row', () => {
  expect(smoothed([1, 2, 3, 7], 2)).toEqual([1.5, 2.5, 5]);
});
