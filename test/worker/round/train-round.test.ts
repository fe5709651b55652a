import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import { assignedWindows } from '#protocol/round/assignment.ts';
import { openDevice } from '#worker/engine/open-device.ts';
import type { Parameters } from '#worker/engine/parameters.ts';
import { stepByStep } from '#worker/engine/step-by-step.ts';
import { createTrainer, type StepOptions, type Trainer } from '#worker/engine/trainer.ts';
import { createUnrolledTrainer } from '#worker/engine/unrolled-trainer.ts';
import { learningRateAt, trainRound, type TrainRoundOptions } from '#worker/round/train-round.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { initialState } from '#worker/run/replica.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { testRun } from '../../support/round-fixtures.ts';
import { pageBytes, smallRun, testKey } from '../../support/small-run.ts';

const spec = { ...smallRun, inner: { ...smallRun.inner, warmupSteps: 8 } };
const run = { ...testRun, spec };
const key = { run: run.id, round: 5, blockHash: '11'.repeat(32), hotkey: hotkeyOf(testKey(1)) };
const STEP_MS = [40, 10, 20];
const STEP_LOSSES = [5, 4, 2];
const WINDOW = 9;
/** The tokens that step `step` must be given: two windows a step, in the order of the assignment. */
const batchOf = (step: number) =>
  assignedWindows(spec, key)
    .slice(2 * step, 2 * step + 2)
    .flatMap(({ page, offset }) => [...pageBytes(page).subarray(offset, offset + WINDOW)]);

const initial = await initialState(run);

/** A trainer that subtracts 1, then 2, then 3 from every parameter and takes STEP_MS of the injected time. */
function setUp(change: Partial<TrainRoundOptions> = {}, stepsPerRun = 1) {
  const blobs = createMemoryBlobs();
  for (const page of spec.data.pages.keys()) blobs.put(pageBytes(page));
  const state = { ...initial, step: 1 };
  const seen = { loaded: [] as Parameters[], batches: [] as number[][], learningRates: [] as number[] };
  const [asked, reported, signals]: [number[], number[][], StepOptions[]] = [[], [], []];
  let nowMs = 100;
  let steps = 0;
  let parameters: readonly Float32Array[] = [];
  const runs: number[] = [];
  const trainer: Pick<Trainer, 'load' | 'trainStep' | 'trainSteps' | 'stepsPerRun' | 'parameters'> = {
    stepsPerRun: () => stepsPerRun,
    trainSteps(tokens, learningRates, options) {
      runs.push(learningRates.length);
      return stepByStep(trainer, tokens, learningRates, options);
    },
    load(values) {
      seen.loaded.push(values);
      parameters = (values as readonly Float32Array[]).map((value) => value.slice());
    },
    trainStep(tokens, learningRate, options = {}) {
      signals.push(options);
      options.signal?.throwIfAborted();
      seen.batches.push([...tokens].map(Number));
      seen.learningRates.push(learningRate);
      nowMs += STEP_MS[steps]!;
      steps += 1;
      parameters = parameters.map((value) => value.map((number) => number - steps));
      return Promise.resolve({ loss: STEP_LOSSES[steps - 1]!, gradientNorm: steps / 2 });
    },
    parameters: () => Promise.resolve(parameters),
  };
  const stopping = new AbortController();
  const options: TrainRoundOptions = {
    ...{ run, round: key.round, blockHash: key.blockHash, hotkey: key.hotkey, state, sources: ['/m/1'] },
    ...{
      trainer: trainer as Trainer,
      pages: createDataPages(spec, blobs),
      signal: stopping.signal,
      nowMs: () => nowMs,
    },
    pace: { share: () => 1, restedMs: () => 0 },
    timeUp: new AbortController().signal,
    hasTime: (slowestStepMs) => asked.push(slowestStepMs) > 0,
    onStep: (...step) => void reported.push(step),
    ...change,
  };
  return { options, state, seen, runs, asked, reported, signals, stopping, blobs };
}
const differencesAfter = (state: TrainRoundOptions['state'], steps: number) =>
  state.parameters.map((start) => {
    let local = start;
    for (let step = 1; step <= steps; step += 1) local = local.map((value) => value - step);
    return start.map((value, i) => value - local[i]!);
  });

describe('a round of training', () => {
  it('makes every inner step on its part of the assigned windows', async () => {
    const { options, state, seen, asked, reported, blobs } = setUp();
    expect(await trainRound(options)).toEqual({
      kind: 'trained',
      innerSteps: 3,
      loss: 11 / 3,
      tokensPerSecond: 48_000 / 70,
      differences: differencesAfter(state, 3),
    });
    expect(seen).toEqual({
      loaded: [state.parameters],
      batches: [0, 1, 2].map(batchOf),
      // Steps 3, 4 and 5 of the run, of 8 to warm up: this is its second round.
      learningRates: [4 / 8, 5 / 8, 6 / 8].map((share) => share * 1e-3),
    });
    expect(asked, 'the slowest step so far').toEqual([0, 40, 40]);
    expect(reported).toEqual([
      [1, 5, 400, 0.5],
      [2, 4, 640, 1],
      [3, 2, 48_000 / 70, 1.5],
    ]);
    expect(new Set(blobs.asked.map(({ from }) => from.join()))).toEqual(new Set(['/m/1']));
  });

  it('ends with the steps there was time for', async () => {
    let stepsLeft = 2;
    const { options, state, seen } = setUp({ hasTime: () => stepsLeft-- > 0 });
    expect(await trainRound(options)).toEqual({
      kind: 'trained',
      ...{ innerSteps: 2, loss: 4.5, tokensPerSecond: 640, differences: differencesAfter(state, 2) },
    });
    expect(seen.batches).toHaveLength(2);
  });

  it('is nothing when there was no time for a single step', async () => {
    const { options, seen, reported } = setUp({ hasTime: () => false });
    expect(await trainRound(options)).toEqual({ kind: 'no-time', stepMs: 0 });
    expect([seen.batches, reported]).toEqual([[], []]);
  });

  it('has a finite speed on a machine that is faster than its clock', async () => {
    const { options } = setUp({ nowMs: () => 0 });
    expect(await trainRound(options)).toMatchObject({ tokensPerSecond: 48_000 });
  });

  it('stops between two steps when it is told to', async () => {
    const { options, seen, signals, stopping } = setUp();
    const stopAfterTwo = { ...options, onStep: (step: number) => step === 2 && stopping.abort() };
    await expect(trainRound(stopAfterTwo)).rejects.toThrow();
    expect(seen.batches).toHaveLength(2);
    expect(signals.every(({ signal }) => signal!.aborted)).toBe(true);
  });

  it('gives up the step for which there is no time any more, and is what was done before', async () => {
    const timeUp = new AbortController();
    const { options, state, seen } = setUp({ timeUp: timeUp.signal });
    const untilTwo = { ...options, onStep: (step: number) => step === 2 && timeUp.abort(new Error('late')) };
    expect(await trainRound(untilTwo)).toMatchObject({
      ...{ kind: 'trained', innerSteps: 2, loss: 4.5, differences: differencesAfter(state, 2) },
    });
    expect(seen.batches).toHaveLength(2);
    timeUp.abort();
    let nowMs = 0;
    const slow = setUp({ timeUp: timeUp.signal, nowMs: () => (nowMs += 9_000) });
    expect(await trainRound(slow.options), 'how long the first had taken').toEqual({ kind: 'no-time', stepMs: 9_000 });
  });

  it('does not take a failure for the end of the time, also when that comes with it', async () => {
    const { options } = setUp({ timeUp: AbortSignal.abort(new Error('late')) });
    const trainer = { ...options.trainer, trainSteps: () => Promise.reject(new Error('broken')) };
    await expect(trainRound({ ...options, trainer })).rejects.toThrow('broken');
  });

  it('ends with a diagnosis when the loss is no number', async () => {
    const { options } = setUp();
    const trainer = { ...options.trainer, trainSteps: () => Promise.resolve([{ loss: NaN, gradientNorm: 1 }]) };
    expect(await trainRound({ ...options, trainer })).toEqual({
      kind: 'failed',
      diagnosis: 'the loss of inner step 1 is NaN',
    });
  });

  it('counts every step that it sends, also when the time is up among those that are too few for a run', async () => {
    const up = new AbortController();
    const reason = new Error('time is up');
    const { options, state } = setUp({ timeUp: up.signal }, 4);
    const trainSteps: Trainer['trainSteps'] = async (...args) => {
      const results = await options.trainer.trainSteps(...args);
      if (args[1].length === 1 && !up.signal.aborted && ++steps === 2) up.abort(reason);
      return results;
    };
    let steps = 0;
    expect(await trainRound({ ...options, trainer: { ...options.trainer, trainSteps } })).toMatchObject({
      ...{ kind: 'trained', innerSteps: 2, differences: differencesAfter(state, 2) },
    });
  });

  it.each([
    [2, [2, 1], [0, 50]],
    [4, [1, 1, 1], [0, 40, 40]],
  ])(
    'gives a trainer that takes %d steps a run so many, and what is left of them one by one',
    async (stepsPerRun, sizes, times) => {
      const one = setUp();
      const several = setUp({}, stepsPerRun);
      const { kind, ...expected } = await trainRound(one.options);
      expect(kind).toBe('trained');
      expect(await trainRound(several.options)).toEqual({ kind, ...expected });
      expect(several.runs).toEqual(sizes);
      expect(several.seen, 'the same steps').toEqual(one.seen);
      expect(several.asked, 'the slowest run so far').toEqual(times);
      expect(several.reported.map(([step, loss]) => [step, loss])).toEqual(
        one.reported.map(([step, loss]) => [step, loss]),
      );
    },
  );

  it('ends with a diagnosis of a step within a run, and reports those before it', async () => {
    const { options, reported } = setUp({}, 3);
    const results = [5, NaN, 4].map((loss) => ({ loss, gradientNorm: 1 }));
    const trainer = { ...options.trainer, trainSteps: () => Promise.resolve(results) };
    expect(await trainRound({ ...options, trainer })).toEqual({
      kind: 'failed',
      diagnosis: 'the loss of inner step 2 is NaN',
    });
    expect(reported.map(([step]) => step)).toEqual([1]);
  });

  it('learns the same with a trainer that unrolls four steps as with one that takes single ones', async () => {
    // One run of four, and two steps that are left over.
    const sixSteps = { ...run, spec: { ...spec, inner: { ...spec.inner, steps: 6 } } };
    const trainOn = async (trainer: Trainer) => {
      const outcome = await trainRound({ ...setUp().options, run: sixSteps, trainer });
      await trainer.dispose();
      if (outcome.kind !== 'trained') throw new Error(outcome.kind);
      return outcome;
    };
    const options = { config: spec.model, batchSize: spec.inner.batchSize, threads: 1, provider: 'cpu' } as const;
    const device = await openDevice(options);
    const single = await trainOn(await createTrainer(options));
    const unrolled = await trainOn(createUnrolledTrainer(device, { ...options, stepsPerRun: 4 }));
    expect([unrolled.innerSteps, single.innerSteps]).toEqual([6, 6]);
    expect(Math.abs(unrolled.loss / single.loss - 1)).toBeLessThan(1e-6);
    for (const [tensor, values] of unrolled.differences.entries()) {
      const off = Math.hypot(...values.map((value, i) => value - single.differences[tensor]![i]!));
      expect(off).toBeLessThan(1e-4 * Math.hypot(...values));
    }
  });

  it('does not begin without its data', async () => {
    const { options, seen, blobs } = setUp();
    for (const { hash } of spec.data.pages) blobs.remove(hash);
    await expect(trainRound(options)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(seen.batches).toEqual([]);
  });
});

describe('the learning rate', () => {
  it.each([
    [4, 0, 0.25],
    [4, 2, 0.75],
    [4, 3, 1],
    [4, 4, 1],
    [4, 1_000_000, 1],
    [1, 0, 1],
    [0, 0, 1],
  ])('of a warm-up over %d steps is at step %d this share of the full one: %d', (warmupSteps, step, share) => {
    expect(learningRateAt({ ...smallRun.inner, learningRate: 2e-3, warmupSteps }, step)).toBe(share * 2e-3);
  });
});
