import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { parameterCount } from '#protocol/model-shape.ts';
import { createPace, type Pace } from '#worker/engine/pace.ts';
import { loadRuntime } from '#worker/engine/runtime.ts';
import { createTrainer, type StepResult, type Trainer } from '#worker/engine/trainer.ts';
import { createTransferDevice } from '#worker/engine/transfer-device.ts';
import { createUnrolledTrainer } from '#worker/engine/unrolled-trainer.ts';
import { golden, goldenBatchSize, goldenConfig, goldenTokens } from '../model/golden.ts';

const STEPS = 5;
const weights = initialWeights(goldenConfig, 0);
const tokens = (from: number, count: number): Int32Array =>
  Int32Array.from(Array.from({ length: count }, (_, step) => [...goldenTokens(from + step)]).flat());
const rates = (count: number): number[] => Array<number>(count).fill(golden.lr);
const TOKENS = goldenTokens(0).length;

/** The CPU in the place of a device that keeps nothing: this machine has no such device. */
async function createUnrolled(stepsPerRun?: number, pace: Pace = createPace()): Promise<Trainer> {
  const device = createTransferDevice(await loadRuntime(), 'cpu', 1);
  const options = { config: goldenConfig, batchSize: goldenBatchSize, stepsPerRun, pace };
  const trainer = createUnrolledTrainer(device, options);
  onTestFinished(() => trainer.dispose());
  trainer.load(weights);
  return trainer;
}

let single: readonly StepResult[];
/** After `STEPS` steps. */
let parameters: readonly Float32Array[];
beforeAll(async () => {
  const options = { config: goldenConfig, batchSize: goldenBatchSize, threads: 1, provider: 'cpu' } as const;
  const trainer = await createTrainer(options);
  trainer.load(weights);
  single = await trainer.trainSteps(tokens(0, STEPS), rates(STEPS));
  parameters = await trainer.parameters();
  await trainer.dispose();
});

function expectSame(found: readonly StepResult[], expected: readonly StepResult[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [step, { loss, gradientNorm }] of found.entries()) {
    expect(Math.abs(loss / expected[step]!.loss - 1)).toBeLessThan(1e-6);
    expect(Math.abs(gradientNorm / expected[step]!.gradientNorm - 1)).toBeLessThan(1e-5);
  }
}

describe('a trainer that unrolls', () => {
  test.each([1, 2, 5])('trains like single steps with %d a run, also what is left over', async (stepsPerRun) => {
    const trainer = await createUnrolled(stepsPerRun);
    expectSame(await trainer.trainSteps(tokens(0, STEPS), rates(STEPS)), single);
    for (const [index, values] of (await trainer.parameters()).entries()) {
      const off = Math.hypot(...values.map((value, i) => value - parameters[index]![i]!));
      expect(off / Math.hypot(...values)).toBeLessThan(1e-5);
    }
    trainer.load(weights);
    trainer.resetOptimizer();
    expectSame([await trainer.trainStep(goldenTokens(0), golden.lr)], single.slice(0, 1));
  });

  test('moves its state once a run, and counts it', async () => {
    const trainer = await createUnrolled(2);
    expect(trainer.traffic()).toEqual({ toDeviceBytes: 0, fromDeviceBytes: 0 });
    await trainer.trainSteps(tokens(0, STEPS), rates(STEPS));
    const runs = 3; // 2 + 2 + 1 steps
    const state = 3 * parameterCount(goldenConfig);
    expect(trainer.traffic()).toEqual({
      toDeviceBytes: 4 * (runs * state + STEPS * (TOKENS + 3)),
      fromDeviceBytes: 4 * (runs * state + STEPS * 2),
    });
  });

  test('stops between runs: what was run stays, and the next steps follow', async () => {
    const reason = new Error('a game starts');
    const stopping = new AbortController();
    const pace = { ...createPace(), afterRun: () => stopping.abort(reason) };
    const trainer = await createUnrolled(2, pace);
    const running = trainer.trainSteps(tokens(0, STEPS), rates(STEPS), { signal: stopping.signal });
    await expect(running).rejects.toBe(reason);
    expectSame(await trainer.trainSteps(tokens(2, 3), rates(3)), single.slice(2));
  });

  test('measures how many steps a run should have', async () => {
    const trainer = await createUnrolled();
    const sizes: number[] = [];
    for (let run = 0; run < 7; run++) {
      sizes.push(trainer.stepsPerRun());
      await trainer.trainSteps(tokens(0, sizes.at(-1)!), rates(sizes.at(-1)!));
    }
    expect(sizes.slice(0, 6)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(sizes[6]).toBeGreaterThanOrEqual(1);
  });

  test('refuses tokens that are not one batch for each rate, and ones that the model does not know', async () => {
    const trainer = await createUnrolled(2);
    const message = `A batch needs ${2 * TOKENS} tokens, not ${TOKENS}`;
    await expect(trainer.trainSteps(tokens(0, 1), rates(2))).rejects.toMatchObject({ code: 'ENGINE', message });
    const wrong = tokens(0, 2).fill(goldenConfig.vocabSize, 2 * TOKENS - 1);
    await expect(trainer.trainSteps(wrong, rates(2))).rejects.toThrow('outside of the vocabulary');
    expect(trainer.traffic().toDeviceBytes).toBe(0);
  });

  test('does one thing at a time, and nothing after its end', async () => {
    const trainer = await createUnrolled(2);
    const running = trainer.trainSteps(tokens(0, 2), rates(2));
    await expect(trainer.trainStep(goldenTokens(0), golden.lr)).rejects.toThrow('The trainer is running');
    await expect(trainer.dispose()).rejects.toThrow('The trainer is running');
    await running;
    await trainer.dispose();
    await expect(trainer.trainStep(goldenTokens(0), golden.lr)).rejects.toThrow('The trainer is disposed');
  });
});
