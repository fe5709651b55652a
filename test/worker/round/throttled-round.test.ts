import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import { stepByStep } from '#worker/engine/step-by-step.ts';
import type { Trainer } from '#worker/engine/trainer.ts';
import { fitsAnotherStep } from '#worker/round/time-budget.ts';
import { trainRound } from '#worker/round/train-round.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { initialState } from '#worker/run/replica.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { testRun } from '../../support/round-fixtures.ts';
import { pageBytes, smallRun, testKey } from '../../support/small-run.ts';

const STEPS = 30;
const STEP_MS = 100;
const TRAIN_MS = 8_000;
const OVERHEAD_MS = 400;
const spec = { ...smallRun, inner: { ...smallRun.inner, steps: STEPS } };
const run = { ...testRun, spec };
const STEP_TOKENS = spec.inner.batchSize * spec.model.sequenceLength;

/**
 * Trains a round on a fake clock, with a trainer that rests before a step as the pace wants it.
 * @param shareOf the owner's choice when so many steps are done
 */
async function play(shareOf: (steps: number) => number) {
  let nowMs = 0;
  let restedMs = 0;
  let steps = 0;
  const speeds: number[] = [];
  const asked: number[] = [];
  const share = (): number => shareOf(steps);
  const state = await initialState(run);
  const trainer: Pick<Trainer, 'load' | 'trainStep' | 'trainSteps' | 'stepsPerRun' | 'parameters'> = {
    load: () => undefined,
    stepsPerRun: () => 1,
    parameters: () => Promise.resolve(state.parameters),
    trainStep: () => {
      // The first comes long after the last run of the round before.
      const restMs = steps === 0 ? 0 : STEP_MS * (1 / share() - 1);
      restedMs += restMs;
      nowMs += restMs + STEP_MS;
      steps += 1;
      return Promise.resolve({ loss: 5, gradientNorm: 1 });
    },
    trainSteps: (tokens, rates, options) => stepByStep(trainer, tokens, rates, options),
  };
  const blobs = createMemoryBlobs();
  for (const page of spec.data.pages.keys()) blobs.put(pageBytes(page));
  const never = new AbortController().signal;
  const outcome = await trainRound({
    ...{ run, round: 5, blockHash: '11'.repeat(32), hotkey: hotkeyOf(testKey(1)), state, sources: [] },
    ...{ trainer: trainer as Trainer, pace: { share, restedMs: () => restedMs }, nowMs: () => nowMs },
    ...{ pages: createDataPages(spec, blobs), signal: never, timeUp: never },
    hasTime: (slowestRunMs) => {
      asked.push(slowestRunMs);
      const time = { blocksLeft: TRAIN_MS / 500, blockMs: 500, sinceBlockMs: nowMs };
      return fitsAnotherStep(time, slowestRunMs, OVERHEAD_MS);
    },
    onStep: (_, __, tokensPerSecond) => void speeds.push(tokensPerSecond),
  });
  if (outcome.kind !== 'trained') throw new Error(outcome.kind);
  return { ...outcome, tookMs: nowMs, speeds, asked };
}

describe('a round at a share of the time', () => {
  it('trains fewer steps the smaller the share is, and ends in time to send them', async () => {
    const rounds = await Promise.all([1, 0.5, 0.25, 0.1].map((share) => play(() => share)));
    expect(rounds.map(({ innerSteps }) => innerSteps)).toEqual([30, 30, 18, 7]);
    for (const { tookMs } of rounds) expect(tookMs + OVERHEAD_MS).toBeLessThan(TRAIN_MS);
  });

  it('asks for the time that the next step takes with its rest, also after the first, which had none', async () => {
    const { asked } = await play(() => 0.25);
    expect([...new Set(asked)]).toEqual([0, STEP_MS / 0.25]);
  });

  it('ends in time also when the owner takes most of the machine back in the middle of it', async () => {
    const { innerSteps, tookMs, asked } = await play((steps) => (steps < 20 ? 0.5 : 0.1));
    expect(asked.slice(19, 21)).toEqual([200, 1000]);
    expect(innerSteps).toBeLessThan(30);
    expect(tookMs + OVERHEAD_MS).toBeLessThan(TRAIN_MS);
  });

  it('goes on with what fits when the owner gives more', async () => {
    const { innerSteps } = await play((steps) => (steps < 3 ? 0.1 : 1));
    expect(innerSteps).toBe(30);
  });

  it('has the speed of what was trained in the time that has passed, rests and all', async () => {
    const { tokensPerSecond, speeds, tookMs } = await play(() => 0.25);
    expect(tokensPerSecond).toBeCloseTo((1000 * 18 * STEP_TOKENS) / tookMs, 6);
    expect(speeds.at(-1)).toBe(tokensPerSecond);
    expect(tokensPerSecond).toBeLessThan((0.3 * 1000 * STEP_TOKENS) / STEP_MS);
  });
});
