import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { parameterShapes } from '#protocol/model-shape.ts';
import { DEFAULT_ADAMW, stepFactors } from '#worker/model/adamw.ts';
import { trainingStepModel } from '#worker/model/training-step.ts';
import { unrolledStepsModel } from '#worker/model/unrolled-steps.ts';
import { golden, goldenBatchSize, goldenConfig, goldenTokens } from './golden.ts';

const STEPS = 6;
const batch = [goldenBatchSize, goldenConfig.sequenceLength + 1];
const shapes = parameterShapes(goldenConfig);

type Tensors = Record<string, Tensor>;

function initialState(): Tensors {
  const weights = initialWeights(goldenConfig, 0);
  const state: Tensors = {};
  for (const [index, { name, shape }] of shapes.entries()) {
    const values = weights[index]!;
    state[name] = new Tensor('float32', values, shape);
    for (const moment of ['firstMoment.', 'secondMoment.']) {
      state[moment + name] = new Tensor('float32', new Float32Array(values.length), shape);
    }
  }
  return state;
}

interface Training {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  /** Parameters and both moments after the last step. */
  readonly state: Tensors;
}

/** Trains by runs of `model`, fed with the tokens and factors of `stepsPerRun` steps each in tensors of `shape` + their own. */
async function train(model: Uint8Array, stepsPerRun: number, shape: readonly number[]): Promise<Training> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  let state = initialState();
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let done = 0; done < STEPS; done += stepsPerRun) {
    const steps = Array.from({ length: stepsPerRun }, (_, index) => done + index);
    const tokens = Int32Array.from(steps.flatMap((step) => [...goldenTokens(step)]));
    // Another rate in each step: a step that takes a neighbour's factors shows.
    const factors = steps.map((step) => stepFactors(DEFAULT_ADAMW, golden.lr * (1 + step), step + 1));
    const feeds: Tensors = { ...state, tokens: new Tensor('int32', tokens, [...shape, ...batch]) };
    for (const name of ['decay', 'stepSize', 'epsilon'] as const) {
      const values = Float32Array.from(factors, (factor) => factor[name]);
      feeds[name] = new Tensor('float32', values, shape);
    }
    const results = await session.run(feeds);
    losses.push(...((results['losses'] ?? results['loss'])!.data as Float32Array));
    norms.push(...((results['gradientNorms'] ?? results['gradientNorm'])!.data as Float32Array));
    state = Object.fromEntries(Object.keys(state).map((name) => [name, results[`next.${name}`]!]));
  }
  await session.release();
  return { losses, norms, state };
}

let single: Training;
beforeAll(async () => {
  const options = { batchSize: goldenBatchSize, optimizer: DEFAULT_ADAMW };
  single = await train(trainingStepModel(goldenConfig, options), 1, []);
});

/** Norm of the difference ÷ norm. */
function relativeError(found: Tensor, expected: Tensor): number {
  const values = found.data as Float32Array;
  const others = expected.data as Float32Array;
  expect(values).toHaveLength(others.length);
  return Math.hypot(...values.map((value, i) => value - others[i]!)) / Math.hypot(...others);
}

describe.each([1, 3])('runs of %d steps', (steps) => {
  let unrolled: Training;
  beforeAll(async () => {
    const options = { batchSize: goldenBatchSize, steps, optimizer: DEFAULT_ADAMW };
    unrolled = await train(unrolledStepsModel(goldenConfig, options), steps, [steps]);
  });

  test('have the losses and gradient norms of single steps', () => {
    expect(unrolled.losses).toHaveLength(STEPS);
    expect(new Set(single.losses).size).toBe(STEPS);
    for (const [step, loss] of unrolled.losses.entries()) {
      expect(Math.abs(loss / single.losses[step]! - 1)).toBeLessThan(1e-6);
      expect(Math.abs(unrolled.norms[step]! / single.norms[step]! - 1)).toBeLessThan(1e-6);
    }
  });

  test('end at the parameters and moments of single steps', () => {
    expect(Object.keys(unrolled.state)).toHaveLength(3 * shapes.length);
    for (const [name, tensor] of Object.entries(unrolled.state)) {
      expect(relativeError(tensor, single.state[name]!), name).toBeLessThan(1e-6);
    }
  });
});
