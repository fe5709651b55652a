import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import { createPace } from '#worker/engine/pace.ts';
import { createTrainer } from '#worker/engine/trainer.ts';
import { tryTrainer } from '#worker/engine/try-provider.ts';
import { smallRun } from '../../support/small-run.ts';

const config = smallRun.model;
const BATCH = 4;
const RUN_MS = 100;
const weights = initialWeights(config, 4);
const tokens = Uint8Array.from(
  integerHashes(BATCH * (config.sequenceLength + 1), 9, 0),
  (hash) => hash % config.vocabSize,
);
const never = new AbortController().signal;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A trainer of single windows, each of whose runs takes RUN_MS of the fake clock. */
async function setUp() {
  const pace = createPace();
  let runs = 0;
  const timed = {
    ...pace,
    afterRun: () => {
      runs += 1;
      vi.advanceTimersByTime(RUN_MS);
      pace.afterRun(RUN_MS);
    },
  };
  const options = { config, batchSize: BATCH, largestRunSize: 1, threads: 1, provider: 'cpu', pace: timed } as const;
  const trainer = await createTrainer(options);
  trainer.load(weights);
  return { pace: timed, trainer, runs: () => runs };
}

/** Resolves when the trainer rests. The runs themselves are real work, so turns of the real event loop pass. */
async function untilResting(): Promise<void> {
  while (vi.getTimerCount() === 0) await setImmediate();
}

test('a share that changes during a step counts from the run after the one under way, and the step comes out the same', async () => {
  const full = await setUp();
  const expected = await full.trainer.trainStep(tokens, 1e-3);
  expect(full.pace.restedMs()).toBe(0);
  await full.trainer.dispose();

  const { pace, trainer, runs } = await setUp();
  pace.throttle(0.5);
  const step = trainer.trainStep(tokens, 1e-3);
  await untilResting();
  expect(runs()).toBe(1);
  vi.advanceTimersByTime(RUN_MS);
  while (runs() < 2) await setImmediate();
  await untilResting();
  // Half of the rest after the second run is over when the owner wants four times as much of it.
  vi.advanceTimersByTime(RUN_MS / 2);
  pace.throttle(0.2);
  vi.advanceTimersByTime(3.5 * RUN_MS - 1);
  await setImmediate();
  await setImmediate();
  expect(runs()).toBe(2);
  vi.advanceTimersByTime(1);
  while (runs() < 3) await setImmediate();
  expect(pace.restedMs()).toBe(5 * RUN_MS);
  pace.throttle(1);
  expect(await step).toEqual(expected);
  expect(pace.restedMs()).toBe(5 * RUN_MS);
  expect(runs()).toBe(full.runs());
  await trainer.dispose();
});

test('a trial is as fast as its runs are, however much the owner lets it rest', async () => {
  const full = await setUp();
  const { stepMs } = await tryTrainer(
    full.trainer,
    { config, batchSize: BATCH, pace: full.pace },
    { minSteps: 0, settles: false },
    never,
  );
  await full.trainer.dispose();
  expect(stepMs).toBeGreaterThanOrEqual(BATCH * RUN_MS);

  const { pace, trainer } = await setUp();
  pace.throttle(0.1);
  const over = new AbortController();
  const trial = tryTrainer(trainer, { config, batchSize: BATCH, pace }, { minSteps: 0, settles: false }, never);
  void trial.finally(() => over.abort());
  while (!over.signal.aborted) {
    await vi.advanceTimersByTimeAsync(RUN_MS);
    await setImmediate();
  }
  // Each look at the clock comes up to one RUN_MS late.
  expect((await trial).stepMs).toBeLessThan(2 * stepMs);
  expect(pace.restedMs()).toBeGreaterThan(9 * stepMs);
  await trainer.dispose();
});
