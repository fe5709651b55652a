import { expect, test } from 'vitest';
import { chooseProvider } from '#worker/engine/choose-provider.ts';
import type { Provider } from '#worker/engine/providers.ts';
import type { Trial } from '#worker/engine/try-provider.ts';
import { openDevice } from '#worker/engine/open-device.ts';
import { tryProvider, tryTrainer } from '#worker/engine/try-provider.ts';
import { createUnrolledTrainer } from '#worker/engine/unrolled-trainer.ts';
import { goldenBatchSize, goldenConfig } from '../model/golden.ts';

const LOSSES = [5, 4.5, 4.25];
const NEVER = new AbortController().signal;
/** @param off what the losses and, as a part of them, the gradient norms are off */
const trial = (stepMs: number, off: { loss?: number; norm?: number } = {}, stepsPerRun = 1): Trial => ({
  results: LOSSES.map((loss) => ({ loss: loss + (off.loss ?? 0), gradientNorm: 2 * (1 + (off.norm ?? 0)) })),
  stepsPerRun,
  stepMs,
});

function choose(trials: Partial<Record<Provider, Trial>>): ReturnType<typeof chooseProvider> {
  const tryOut = (provider: Provider): Promise<Trial> => {
    const found = trials[provider];
    return found === undefined ? Promise.reject(new Error('no adapter')) : Promise.resolve(found);
  };
  return chooseProvider(['cuda', 'webgpu', 'cpu'], tryOut, NEVER);
}

test.each([
  [
    'the fastest that is right',
    { cuda: trial(20), webgpu: trial(10, { loss: 5e-4, norm: 5e-3 }), cpu: trial(100) },
    'webgpu',
    'webgpu trains; cuda takes 20 ms a step; webgpu takes 10 ms a step; the CPU takes 100 ms',
  ],
  [
    'not one whose numbers are off',
    { cuda: trial(1, { loss: 2e-3 }), webgpu: trial(10), cpu: trial(100) },
    'webgpu',
    'webgpu trains; cuda computes wrongly: its loss is 0.0020 off; webgpu takes 10 ms a step; the CPU takes 100 ms',
  ],
  [
    'not one whose loss is no number',
    { webgpu: trial(1, { loss: NaN }), cpu: trial(100) },
    'cpu',
    'The CPU trains; cuda cannot be used: no adapter; webgpu computes wrongly: its loss is NaN off; the CPU takes 100 ms',
  ],
  [
    'the CPU where it is faster',
    { webgpu: trial(300), cpu: trial(100) },
    'cpu',
    'The CPU trains; cuda cannot be used: no adapter; webgpu takes 300 ms a step; the CPU takes 100 ms',
  ],
  [
    'not one whose gradients are off, however right its loss',
    { cuda: trial(1, { norm: -0.02 }), webgpu: trial(2, { norm: NaN }), cpu: trial(100) },
    'cpu',
    'The CPU trains; cuda computes wrongly: the norm of its gradients is 2.0 % off; webgpu computes wrongly: the norm of its gradients is NaN % off; the CPU takes 100 ms',
  ],
] as const)('chooses %s', async (_, trials, provider, reason) => {
  expect(await choose(trials)).toEqual({ provider, stepsPerRun: 1, reason });
});

test.each([
  [4, '4 steps a run'],
  [1, 'its state crosses with every step'],
])('says how the state of a provider that cannot keep it crosses: with %d steps a run', async (stepsPerRun, often) => {
  const because = `${often}, because this provider cannot keep tensors on the device`;
  const reason = `cuda trains; ${because}; webgpu cannot be used: no adapter; cuda takes 20 ms a step; the CPU takes 100 ms`;
  const choice = await choose({ cuda: trial(20, {}, stepsPerRun), cpu: trial(100) });
  expect(choice).toEqual({ provider: 'cuda', stepsPerRun, reason });
});

test('the CPU is tried for as many steps as the longest trial before it', async () => {
  const asked: [Provider, number][] = [];
  const long = { ...trial(10), results: Array<Trial['results'][0]>(9).fill({ loss: 5, gradientNorm: 2 }) };
  const tryOut = (provider: Provider, minSteps: number): Promise<Trial> => {
    asked.push([provider, minSteps]);
    return Promise.resolve(provider === 'webgpu' ? trial(20) : long);
  };
  await chooseProvider(['cuda', 'webgpu', 'cpu'], tryOut, NEVER);
  expect(asked).toEqual([
    ['cuda', 0],
    ['webgpu', 0],
    ['cpu', 9],
  ]);
});

test('stops between trials, also when the one before fails', async () => {
  const stopping = new AbortController();
  const reason = new Error('the worker is paused');
  const tried: Provider[] = [];
  const tryOut = (provider: Provider): Promise<Trial> => {
    tried.push(provider);
    stopping.abort(reason);
    return provider === 'cuda' ? Promise.resolve(trial(1)) : Promise.reject(reason);
  };
  await expect(chooseProvider(['cuda', 'webgpu', 'cpu'], tryOut, stopping.signal)).rejects.toBe(reason);
  await expect(chooseProvider(['webgpu', 'cpu'], tryOut, new AbortController().signal)).resolves.toMatchObject({
    provider: 'cpu',
  });
  expect(tried).toEqual(['cuda', 'webgpu']);
});

test('without any other it is the CPU, which is not even tried', async () => {
  const reason = 'The CPU trains; cuda cannot be used: no adapter; webgpu cannot be used: no adapter';
  expect(await choose({})).toEqual({ provider: 'cpu', stepsPerRun: 1, reason });
});

test('a trial on the CPU trains for the steps that were asked for, and at least four', async () => {
  const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1 };
  const { results, stepsPerRun, stepMs } = await tryProvider('cpu', options, 6, NEVER);
  expect([results.length, stepsPerRun]).toEqual([6, 1]);
  expect(results.every(({ loss, gradientNorm }) => loss > 3 && loss < 6 && gradientNorm > 0)).toBe(true);
  expect(stepMs).toBeGreaterThan(0);
  expect((await tryProvider('cpu', options, 0, NEVER)).results).toEqual(results.slice(0, 4));
});

test('a trial is stopped between its steps', async () => {
  const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1 };
  const reason = new Error('the worker is paused');
  await expect(tryProvider('cpu', options, 0, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('a trial lets a trainer that unrolls choose its steps a run, and compares the numbers that those give', async () => {
  const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1, provider: 'cpu' } as const;
  const trainer = createUnrolledTrainer(await openDevice(options), options);
  const sizes: number[] = [];
  const counted = {
    ...trainer,
    trainSteps: (...args: Parameters<typeof trainer.trainSteps>) => {
      sizes.push(args[1].length);
      return trainer.trainSteps(...args);
    },
  };
  const { results, stepsPerRun, stepMs } = await tryTrainer(counted, options, { minSteps: 0, settles: true }, NEVER);
  await trainer.dispose();
  expect(sizes.slice(0, 6)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(results).toHaveLength(Math.max(4, stepsPerRun + 1));
  expect(Number.isFinite(stepMs) && stepMs > 0).toBe(true);
  const single = await tryProvider('cpu', options, results.length, NEVER);
  for (const [step, { loss, gradientNorm }] of results.entries()) {
    expect(Math.abs(loss - single.results[step]!.loss)).toBeLessThan(1e-5);
    expect(Math.abs(gradientNorm / single.results[step]!.gradientNorm - 1)).toBeLessThan(1e-4);
  }
});
