import { expect, it } from 'vitest';
import { fuzzUpdates } from '../../support/fuzz-updates.ts';

/** test/faults/fuzz-updates.ts does the same with two millions. */
const INPUTS = 6000;

it('damaged updates are refused as breaches of protocol or read within their limits, and none takes long', () => {
  const { refused, read, slowestMs } = fuzzUpdates(0, INPUTS, 50);
  expect(refused + read).toBe(INPUTS);
  expect(refused, 'most damage is seen').toBeGreaterThan(INPUTS / 2);
  expect(read, 'some damage is another update').toBeGreaterThan(0);
  expect(slowestMs).toBeLessThan(50);
});
