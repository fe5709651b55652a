import { expect, test } from 'vitest';
import { chooseProvider } from '#worker/engine/choose-provider.ts';
import type { Provider } from '#worker/engine/providers.ts';
import type { Trial } from '#worker/engine/try-provider.ts';
import { tryProvider } from '#worker/engine/try-provider.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

const LOSSES = [5, 4.5, 4.25];
const trial = (stepMs: number, off = 0): Trial => ({ losses: LOSSES.map((loss) => loss + off), stepMs });

function choose(trials: Partial<Record<Provider, Trial>>): ReturnType<typeof chooseProvider> {
  return chooseProvider(['cuda', 'webgpu', 'cpu'], (provider) => {
    const found = trials[provider];
    return found === undefined ? Promise.reject(new Error('no adapter')) : Promise.resolve(found);
  });
}

test.each([
  [
    'the fastest that is right',
    { cuda: trial(20), webgpu: trial(10, 5e-4), cpu: trial(100) },
    'webgpu',
    'webgpu trains; cuda takes 20 ms a step; webgpu takes 10 ms a step; the CPU takes 100 ms',
  ],
  [
    'not one whose numbers are off',
    { cuda: trial(1, 2e-3), webgpu: trial(10), cpu: trial(100) },
    'webgpu',
    'webgpu trains; cuda computes wrongly: its loss is 0.0020 off; webgpu takes 10 ms a step; the CPU takes 100 ms',
  ],
  [
    'not one whose loss is no number',
    { webgpu: trial(1, NaN), cpu: trial(100) },
    'cpu',
    'The CPU trains; cuda cannot be used: no adapter; webgpu computes wrongly: its loss is NaN off; the CPU takes 100 ms',
  ],
  [
    'the CPU where it is faster',
    { webgpu: trial(300), cpu: trial(100) },
    'cpu',
    'The CPU trains; cuda cannot be used: no adapter; webgpu takes 300 ms a step; the CPU takes 100 ms',
  ],
] as const)('chooses %s', async (_, trials, provider, reason) => {
  expect(await choose(trials)).toEqual({ provider, reason });
});

test('without any other it is the CPU, which is not even tried', async () => {
  const reason = 'The CPU trains; cuda cannot be used: no adapter; webgpu cannot be used: no adapter';
  expect(await choose({})).toEqual({ provider: 'cpu', reason });
});

test('a trial on the CPU trains', async () => {
  const { losses, stepMs } = await tryProvider('cpu', {
    ...{ config: goldenConfig, batchSize: goldenBatchSize, threads: 1 },
  });
  expect(losses).toHaveLength(4);
  expect(losses.every((loss) => loss > 3 && loss < 6)).toBe(true);
  expect(stepMs).toBeGreaterThan(0);
});
