import { beforeAll, expect, test } from 'vitest';
import { DEVNET_MODEL as config } from '#network/validator/found-run.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import type { Pace } from '#worker/engine/pace.ts';
import { firstRunSize } from '#worker/engine/run-size.ts';
import { createTrainer, type StepResult } from '#worker/engine/trainer.ts';

/** Two runs a step when one core is expected to do it, one run when four are. */
const BATCH = 16;
const LEARNING_RATE = 1e-3;
const weights = initialWeights(config, 4);
const count = BATCH * (config.sequenceLength + 1);
const tokens = (step: number): Uint8Array =>
  Uint8Array.from(integerHashes(count, 9, step * count), (hash) => hash % config.vocabSize);

/** A pace that does not wait, and calls `afterRun` after every run. */
function paceOf(afterRun: (signal: AbortSignal) => void): Pace {
  let current = new AbortController().signal;
  return {
    beforeRun: (signal) => {
      current = signal;
      signal.throwIfAborted();
      return Promise.resolve();
    },
    afterRun: () => afterRun(current),
    throttle: () => undefined,
    share: () => 1,
    restedMs: () => 0,
    pause: () => undefined,
    resume: () => undefined,
  };
}

interface Training {
  readonly results: readonly StepResult[];
  readonly parameters: readonly Float32Array[];
  readonly runs: number;
}

async function train(threads: number, largestRunSize = BATCH): Promise<Training> {
  let runs = 0;
  const pace = paceOf(() => (runs += 1));
  const trainer = await createTrainer({ config, batchSize: BATCH, largestRunSize, threads, provider: 'cpu', pace });
  trainer.load(weights);
  const results = [
    await trainer.trainStep(tokens(0), LEARNING_RATE),
    await trainer.trainStep(tokens(1), LEARNING_RATE),
  ];
  const parameters = await trainer.parameters();
  await trainer.dispose();
  return { results, parameters, runs };
}

let [cut, whole]: Training[] = [];
beforeAll(async () => {
  cut = await train(1);
  whole = await train(4);
});

test('the steps that are compared are cut differently', () => {
  expect([firstRunSize(config, BATCH, 1), firstRunSize(config, BATCH, 4)]).toEqual([8, BATCH]);
  // Two micro-batches, the norm and the update; all at once.
  expect([cut!.runs, whole!.runs]).toEqual([8, 2]);
});

test('no run is larger than what the memory was said to hold', async () => {
  // In each of two steps: so many micro-batches, the norm and the update.
  expect((await train(4, 2)).runs).toBe(2 * (BATCH / 2 + 2));
});

test('a step in micro-batches has the loss and the gradient norm of the step at once', () => {
  for (const [step, { loss, gradientNorm }] of cut!.results.entries()) {
    expect(Math.abs(loss / whole!.results[step]!.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(gradientNorm / whole!.results[step]!.gradientNorm - 1)).toBeLessThan(1e-4);
  }
});

test('a step in micro-batches ends at the parameters of the step at once', () => {
  for (const [index, values] of cut!.parameters.entries()) {
    const others = whole!.parameters[index]!;
    const squares = (pick: (i: number) => number) => values.reduce((sum, _, i) => sum + pick(i) ** 2, 0);
    const difference = squares((i) => values[i]! - others[i]!);
    expect(Math.sqrt(difference / squares((i) => others[i]!))).toBeLessThan(1e-4);
  }
});

test('a step that is stopped between two runs changes nothing, and the next one starts anew', async () => {
  const stopping = new AbortController();
  const reason = new Error('a game starts');
  const pace = paceOf((signal) => {
    if (signal === stopping.signal) stopping.abort(reason);
  });
  const trainer = await createTrainer({ config, batchSize: BATCH, threads: 1, provider: 'cpu', pace });
  trainer.load(weights);
  await expect(trainer.trainStep(tokens(1), LEARNING_RATE, { signal: stopping.signal })).rejects.toBe(reason);
  expect(await trainer.parameters()).toEqual(weights);
  expect(await trainer.trainStep(tokens(0), LEARNING_RATE)).toEqual(cut!.results[0]);
  await trainer.dispose();
});

test('an abort that comes due during a run ends the step before the next one', async () => {
  const stopping = new AbortController();
  let runs = 0;
  const pace = paceOf(() => {
    runs += 1;
    // Due at once, as anything that came in while the run kept the process busy.
    if (runs === 1) setTimeout(() => stopping.abort(), 0);
    for (const untilMs = performance.now() + 5; performance.now() < untilMs;);
  });
  const trainer = await createTrainer({ config, batchSize: BATCH, threads: 1, provider: 'cpu', pace });
  trainer.load(weights);
  await expect(trainer.trainStep(tokens(0), LEARNING_RATE, { signal: stopping.signal })).rejects.toThrow();
  expect(runs).toBe(1);
  await trainer.dispose();
});
