import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { hashedFloats, integerHashes } from '#protocol/integer-hash.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { createTrainer } from '#worker/engine/trainer.ts';
import { backwardModel } from '#worker/model/shard-graphs.ts';
import { wholeModel } from '#worker/model/shard.ts';

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';
const BATCH_SIZE = 2;

/** Two heads of 6 on a hidden size of 8: `heads · headSize` is not the hidden size. */
const untied: ModelConfig = {
  hiddenSize: 8,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headSize: 6,
  ffnSize: 12,
  vocabSize: 24,
  sequenceLength: 6,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
  tiedHead: false,
};
const tied: ModelConfig = { ...untied, tiedHead: true };
const tokens = Int32Array.from(integerHashes(BATCH_SIZE * 7, 7), (hash) => hash % untied.vocabSize);

type Weights = ReadonlyMap<string, Float32Array>;

const weightsOf = (config: ModelConfig): Map<string, Float32Array> => {
  const values = initialWeights(config, 3);
  return new Map(parameterShapes(config).map(({ name }, index) => [name, values[index]!]));
};

/** Loss, and every gradient by `gradient.` and its name. */
async function gradientsOf(config: ModelConfig): Promise<(weights: Weights) => Promise<Weights>> {
  const session = await InferenceSession.create(
    backwardModel(config, wholeModel(config), { batchSize: BATCH_SIZE, accumulate: false, weight: 1 }),
    { intraOpNumThreads: 1 },
  );
  return async (weights) => {
    const feeds: Record<string, Tensor> = { tokens: new Tensor('int32', tokens, [BATCH_SIZE, 7]) };
    for (const { name, shape } of parameterShapes(config)) {
      feeds[name] = new Tensor('float32', weights.get(name)!, shape);
    }
    const results = Object.entries(await session.run(feeds));
    return new Map(results.map(([name, { data }]) => [name, data as Float32Array]));
  };
}

describe('a tied head', () => {
  test('gives the embedding the sum of the two gradients that it has as embedding and as head', async () => {
    const weights = weightsOf(tied);
    const apart = await (await gradientsOf(untied))(new Map([...weights, [HEAD, weights.get(EMBEDDING)!]]));
    const together = await (await gradientsOf(tied))(weights);
    expect(together.get('loss')).toEqual(apart.get('loss'));
    expect(together.has(`gradient.${HEAD}`)).toBe(false);
    const [embedding, head] = [apart.get(`gradient.${EMBEDDING}`)!, apart.get(`gradient.${HEAD}`)!];
    expect(head.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    for (const [index, value] of together.get(`gradient.${EMBEDDING}`)!.entries()) {
      expect(Math.abs(value - (embedding[index]! + head[index]!))).toBeLessThan(1e-6);
    }
    const others = parameterShapes(tied).filter(({ name }) => name !== EMBEDDING);
    for (const { name } of others) expect(together.get(`gradient.${name}`)).toEqual(apart.get(`gradient.${name}`));
  });

  test('trains to the end, and the trainer keeps no second table', async () => {
    const trainer = await createTrainer({ config: tied, batchSize: BATCH_SIZE, threads: 1, provider: 'cpu' });
    trainer.load(weightsOf(tied));
    const first = await trainer.trainStep(tokens, 1e-2);
    let last = first;
    for (let step = 0; step < 30; step++) last = await trainer.trainStep(tokens, 1e-2);
    expect(await trainer.parameters()).toHaveLength(parameterShapes(tied).length);
    expect(last.loss).toBeLessThan(first.loss - 1);
    await trainer.dispose();
  });
});

test.each([untied, tied])(
  'gradients with wide heads, tied: $tiedHead, are those of central differences',
  async (config) => {
    const run = await gradientsOf(config);
    const weights = weightsOf(config);
    // An embedding of its initial size is small beside any useful distance: the loss would bend too much.
    weights.set(
      EMBEDDING,
      weights.get(EMBEDDING)!.map((value) => value * 25),
    );
    const gradients = await run(weights);
    const loss = async (direction: Weights, distance: number): Promise<number> => {
      const moved = [...weights].map(([name, values]): [string, Float32Array] => {
        const along = direction.get(name);
        return [name, along === undefined ? values : values.map((value, index) => value + distance * along[index]!)];
      });
      return (await run(new Map(moved))).get('loss')![0]!;
    };
    for (const { name } of parameterShapes(config)) {
      const gradient = gradients.get(`gradient.${name}`)!;
      // Half along the gradient, so that the slope is not small; half along hashed numbers, so that every element counts.
      const length = Math.hypot(...gradient);
      const hashed = hashedFloats(gradient.length, 5, 1 / Math.sqrt(gradient.length));
      const direction = gradient.map((value, index) => value / length + hashed[index]!);
      const slope = gradient.reduce((sum, value, index) => sum + value * direction[index]!, 0);
      const along = new Map([[name, direction]]);
      const distance = 2e-3;
      const measured = ((await loss(along, distance)) - (await loss(along, -distance))) / (2 * distance);
      expect(Math.abs(measured - slope), name).toBeLessThan(1e-3 + 0.02 * Math.abs(slope));
    }
  },
);
