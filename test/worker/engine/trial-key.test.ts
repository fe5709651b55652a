import { expect, test } from 'vitest';
import { trialKey } from '#worker/engine/trial-key.ts';
import { tryProvider, type TrialOptions } from '#worker/engine/try-provider.ts';
import { NO_SAVINGS } from '#worker/model/memory-savings.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

const options: TrialOptions = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1 };
const key = (change: Partial<TrialOptions>): Promise<string> =>
  trialKey('1.30', ['webgpu', 'cpu'], { ...options, ...change });

const CHANGES: readonly Partial<TrialOptions>[] = [
  { threads: 2 },
  { largestRunSize: 1 },
  { segmentLayers: 1 },
  { savings: { ...NO_SAVINGS, optimiserState: '8-bit' } },
  { savings: { ...NO_SAVINGS, optimiserPlace: 'host' } },
  { savings: { ...NO_SAVINGS, weights: 'float16' } },
];

test('a provider that was chosen is chosen anew when the model trains otherwise', async () => {
  const keys = await Promise.all([{}, ...CHANGES].map(key));
  expect(new Set(keys).size).toBe(CHANGES.length + 1);
});

test('what is left out is no other way to train', async () => {
  const written = { largestRunSize: goldenBatchSize, segmentLayers: goldenConfig.layers, savings: NO_SAVINGS };
  expect(await key(written)).toBe(await key({}));
});

test('a trial trains with the same ways to save memory', async () => {
  const losses = async (change: Partial<TrialOptions>): Promise<readonly number[]> => {
    const trial = await tryProvider('cpu', { ...options, ...change }, 0, new AbortController().signal);
    return trial.results.map(({ loss }) => loss);
  };
  const plain = await losses({});
  const saving = await losses({ segmentLayers: 1, savings: { ...NO_SAVINGS, optimiserState: '8-bit' } });
  for (const [step, loss] of saving.entries()) expect(Math.abs(loss - plain[step]!)).toBeLessThan(0.02);
  expect(Math.max(...saving.map((loss, step) => Math.abs(loss - plain[step]!)))).toBeGreaterThan(1e-6);
});
