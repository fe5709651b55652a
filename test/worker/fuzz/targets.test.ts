import { describe, expect, it } from 'vitest';
import { runFuzz } from '../../support/fuzz/run-fuzz.ts';
import { fuzzTargets } from '../../support/fuzz/targets.ts';

/** `npm run fuzz` does the same with two millions. */
const INPUTS: Readonly<Record<string, number>> = {
  update: 4000,
  store: 150,
  dht: 1500,
  messages: 20_000,
  manifest: 300,
  announcement: 300,
};
const OTHERS = 2000;

describe.each(fuzzTargets)('damaged input for $name', (target) => {
  it('is refused, or read within its limits, and none takes long', async () => {
    const inputs = INPUTS[target.name] ?? OTHERS;
    const result = await runFuzz(target, { seed: 1, first: 0, inputs, slowMs: 50, checksMemory: false });
    expect(result.refused + result.read).toBe(inputs);
    expect(result.refused, 'damage is seen').toBeGreaterThan(inputs / 20);
    expect(result.read, 'some damage makes another valid input').toBeGreaterThan(0);
  });
});
