import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { integerHashes } from '#protocol/integer-hash.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { createEvaluator, type Evaluator } from '#worker/engine/evaluator.ts';
import { createTrainer, type Trainer } from '#worker/engine/trainer.ts';

const config: ModelConfig = {
  hiddenSize: 16,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headSize: 8,
  ffnSize: 24,
  vocabSize: 32,
  sequenceLength: 8,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
  tiedHead: false,
};
const options = { config, batchSize: 4, threads: 1, provider: 'cpu' } as const;
const weights = initialWeights(config, 1);
const tokens = Uint8Array.from(integerHashes(4 * 9, 7), (hash) => hash % config.vocabSize);

let trainer: Trainer;
let evaluator: Evaluator;

beforeAll(async () => {
  trainer = await createTrainer(options);
  evaluator = await createEvaluator(options);
});

beforeEach(() => {
  trainer.load(weights);
  trainer.resetOptimizer();
});

afterAll(async () => {
  await trainer.dispose();
  await evaluator.dispose();
});

const steps = async (count: number): Promise<number[]> => {
  const losses: number[] = [];
  for (let step = 0; step < count; step++) losses.push((await trainer.trainStep(tokens, 1e-2)).loss);
  return losses;
};

describe('a trainer', () => {
  test('learns a batch by heart', async () => {
    const losses = await steps(60);
    expect(losses[0]).toBeGreaterThan(3);
    expect(losses.at(-1)).toBeLessThan(0.5);
  });

  test('reports the loss that the evaluator finds before the step', async () => {
    await steps(2);
    const before = await evaluator.loss(await trainer.parameters(), tokens);
    expect((await trainer.trainStep(tokens, 1e-2)).loss).toBeCloseTo(before, 5);
    expect(await evaluator.loss(await trainer.parameters(), tokens)).toBeLessThan(before);
  });

  test('repeats itself exactly after load and resetOptimizer', async () => {
    const first = [await steps(5), await trainer.parameters()];
    trainer.load(weights);
    trainer.resetOptimizer();
    expect([await steps(5), await trainer.parameters()]).toEqual(first);
  });

  test('keeps its moments over a load', async () => {
    const fresh = [await steps(3), await trainer.parameters()];
    trainer.load(weights);
    expect([await steps(3), await trainer.parameters()]).not.toEqual(fresh);
  });

  test('takes parameters by name', async () => {
    const shapes = parameterShapes(config);
    trainer.load(new Map(weights.map((values, index) => [shapes[index]!.name, values.map((value) => 2 * value)])));
    expect(await trainer.parameters()).toEqual(weights.map((values) => values.map((value) => 2 * value)));
  });

  test('gives and takes copies', async () => {
    const mine = weights.map((values) => values.slice());
    trainer.load(mine);
    const given = await trainer.parameters();
    await steps(1);
    expect(given).toEqual(weights);
    expect(mine).toEqual(weights);
    expect(await trainer.parameters()).not.toEqual(weights);
  });

  test('leaves parameters without a learning rate as they are', async () => {
    await trainer.trainStep(tokens, 0);
    expect(await trainer.parameters()).toEqual(weights);
  });

  test('does nothing when the signal has fired', async () => {
    const reason = new Error('the game starts');
    await expect(trainer.trainStep(tokens, 1e-2, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await trainer.parameters()).toEqual(weights);
  });

  test.each([
    ['A batch needs 36 tokens, not 35', tokens.subarray(1)],
    ['Token 32 at 3 is outside of the vocabulary of 32', tokens.with(3, 32)],
    ['Token -1 at 0 is outside of the vocabulary of 32', Int32Array.from(tokens).with(0, -1)],
  ])('refuses tokens: %s', async (message, wrong) => {
    await expect(trainer.trainStep(wrong, 1e-2)).rejects.toMatchObject({ code: 'ENGINE', message });
    expect(await trainer.parameters()).toEqual(weights);
  });

  test.each([
    ['The model has 21 parameters, 20 were given', weights.slice(1)],
    ['Parameter model.embed_tokens.weight needs 512 values, found 1', [new Float32Array(1), ...weights.slice(1)]],
    [
      'Parameter model.embed_tokens.weight needs 512 values, found none',
      new Map(weights.map((values, index) => [`weight ${index}`, values])),
    ],
  ])('refuses parameters: %s', async (message, wrong) => {
    expect(() => trainer.load(wrong)).toThrow(expect.objectContaining({ code: 'ENGINE', message }));
    expect(await trainer.parameters()).toEqual(weights);
  });

  test('refuses a second step, and its parameters, while a step runs', async () => {
    const running = trainer.trainStep(tokens, 1e-2);
    await expect(trainer.trainStep(tokens, 1e-2)).rejects.toThrow('The trainer is running');
    expect(() => trainer.parameters()).toThrow('The trainer is running');
    await running;
    expect(await trainer.parameters()).toHaveLength(weights.length);
  });

  test('is of no use after dispose', async () => {
    const other = await createTrainer(options);
    await other.dispose();
    await other.dispose();
    await expect(other.trainStep(tokens, 1e-2)).rejects.toThrow('The trainer is disposed');
  });

  test('does not grow in memory over a thousand steps', async () => {
    await steps(300);
    const before = process.memoryUsage.rss();
    await steps(1000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 2 ** 20);
  });
});

describe('an evaluator', () => {
  test('gives the mean of each window, and their mean', async () => {
    const losses = await evaluator.losses(weights, tokens);
    expect(losses).toHaveLength(4);
    const sum = losses.reduce((total, loss) => total + loss, 0);
    expect(await evaluator.loss(weights, tokens)).toBeCloseTo(sum / 4, 12);
  });

  test('gives a window the same loss in another place of the batch', async () => {
    const losses = await evaluator.losses(weights, tokens);
    const moved = Uint8Array.from([...tokens.subarray(9), ...tokens.subarray(0, 9)]);
    const [, , , last] = await evaluator.losses(weights, moved);
    expect(last).toBeCloseTo(losses[0]!, 6);
  });

  test('refuses tokens outside of the vocabulary', async () => {
    await expect(evaluator.loss(weights, tokens.with(0, 99))).rejects.toThrow('Token 99 at 0');
  });

  test('does nothing when the signal has fired', async () => {
    const reason = new Error('enough');
    await expect(evaluator.loss(weights, tokens, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('is of no use after dispose', async () => {
    const other = await createEvaluator(options);
    await other.dispose();
    await expect(other.loss(weights, tokens)).rejects.toThrow('The evaluator is disposed');
  });
});
