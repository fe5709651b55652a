import { expect, test } from 'vitest';
import { withFallback } from '#worker/engine/fallback-trainer.ts';
import type { Parameters } from '#worker/engine/parameters.ts';
import { RuntimeFailure } from '#worker/engine/runtime.ts';
import type { Trainer } from '#worker/engine/trainer.ts';

const STEP = { loss: 2, gradientNorm: 1 };
const WEIGHTS = [Float32Array.of(1, 2)];

/** A trainer that fails from its step `failsAt` on. */
function createFake(failsAt: number, stepsPerRun = 1) {
  const seen = { loaded: [] as Parameters[], steps: 0, disposed: 0 };
  const trainer: Trainer = {
    load: (parameters) => void seen.loaded.push(parameters),
    trainStep: (_tokens, _rate, { signal } = {}) => {
      signal?.throwIfAborted();
      return ++seen.steps >= failsAt
        ? Promise.reject(new RuntimeFailure('A run failed', new Error('[Device] is lost')))
        : Promise.resolve(STEP);
    },
    trainSteps: async (batches, [rate = 1], options) => [await trainer.trainStep(batches, rate, options)],
    stepsPerRun: () => stepsPerRun,
    parameters: () => Promise.resolve(WEIGHTS),
    resetOptimizer: () => undefined,
    traffic: () => ({ toDeviceBytes: 0, fromDeviceBytes: 0 }),
    dispose: () => {
      seen.disposed += 1;
      return Promise.reject(new Error('lost'));
    },
  };
  return { trainer, seen };
}
const tokens = new Uint8Array(4);

test('a lost device is named once, and the other trainer goes on from what was loaded last', async () => {
  const [gpu, cpu] = [createFake(2), createFake(99)];
  const trainer = withFallback(gpu.trainer, () => Promise.resolve(cpu.trainer));
  trainer.load(WEIGHTS);
  expect(await trainer.trainStep(tokens, 1)).toEqual(STEP);
  await expect(trainer.trainStep(tokens, 1)).rejects.toMatchObject({
    code: 'DEVICE_LOST',
    message: 'The device was lost and the CPU goes on: A run failed: [Device] is lost',
  });
  expect(await trainer.trainStep(tokens, 1)).toEqual(STEP);
  expect([gpu.seen.disposed, cpu.seen.loaded, cpu.seen.steps]).toEqual([1, [WEIGHTS], 1]);
});

test('an error of the other trainer is passed on', async () => {
  const trainer = withFallback(createFake(1).trainer, () => Promise.resolve(createFake(1).trainer));
  await expect(trainer.trainStep(tokens, 1)).rejects.toMatchObject({ code: 'DEVICE_LOST' });
  await expect(trainer.trainStep(tokens, 1)).rejects.toThrow('A run failed: [Device] is lost');
});

test('a step that is stopped is no lost device', async () => {
  const gpu = createFake(99);
  const reason = new Error('a game starts');
  const trainer = withFallback(gpu.trainer, () => Promise.reject(new Error('not asked for')));
  const stopped = trainer.trainStep(tokens, 1, { signal: AbortSignal.abort(reason) });
  await expect(stopped).rejects.toBe(reason);
  expect(gpu.seen.disposed).toBe(0);
});

test('a batch that is refused is no lost device', async () => {
  const refusal = new Error('Token 99 at 0 is outside of the vocabulary');
  const gpu: Trainer = { ...createFake(99).trainer, trainStep: () => Promise.reject(refusal) };
  const trainer = withFallback(gpu, () => Promise.reject(new Error('not asked for')));
  await expect(trainer.trainStep(tokens, 1)).rejects.toBe(refusal);
});

test('several steps a run are lost with the device too, and the other trainer says how many it takes', async () => {
  const [gpu, cpu] = [createFake(1, 4), createFake(99)];
  const trainer = withFallback(gpu.trainer, () => Promise.resolve(cpu.trainer));
  trainer.load(WEIGHTS);
  expect(trainer.stepsPerRun()).toBe(4);
  await expect(trainer.trainSteps(tokens, [1])).rejects.toMatchObject({ code: 'DEVICE_LOST' });
  expect(trainer.stepsPerRun()).toBe(1);
  expect(await trainer.trainSteps(tokens, [1])).toEqual([STEP]);
});
