import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import type { Device } from '#worker/engine/device.ts';
import { openDevice } from '#worker/engine/open-device.ts';
import { clipScale } from '#worker/engine/optimiser.ts';
import { createTrainer } from '#worker/engine/trainer.ts';
import { shardParameters, splitShard, wholeModel } from '#worker/model/shard.ts';
import { createChain } from './shard-chain.ts';

const config: ModelConfig = {
  hiddenSize: 16,
  layers: 7,
  heads: 4,
  kvHeads: 2,
  headSize: 6,
  ffnSize: 24,
  vocabSize: 37,
  sequenceLength: 9,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
  tiedHead: false,
};
const BATCH = 4;
const LEARNING_RATE = 1e-3;
const tokens = (step: number, { sequenceLength, vocabSize } = config): Int32Array => {
  const count = BATCH * (sequenceLength + 1);
  return Int32Array.from(integerHashes(count, 5, step * count), (hash) => hash % vocabSize);
};

let device: Device;
beforeAll(async () => {
  device = await openDevice({ provider: 'cpu', threads: 1 });
});

/** ‖a − b‖ ÷ ‖b‖ */
function distance(a: Float32Array, b: Float32Array): number {
  let [difference, norm] = [0, 0];
  for (const [index, value] of b.entries()) {
    difference += (a[index]! - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / norm);
}

const whole = { microBatches: 1, microBatchSize: BATCH, segmentLayers: 7 };
async function lossAndGradients(
  model: ModelConfig,
  layersEach: number,
  options: typeof whole,
): Promise<{ loss: number; gradients: readonly Float32Array[] }> {
  const chain = createChain(device, model, layersEach, options);
  const weights = new Map(parameterShapes(model).map(({ name }, index) => [name, initialWeights(model, 3)[index]!]));
  const shards = splitShard(wholeModel(model), layersEach);
  for (const [index, engine] of chain.engines.entries()) {
    engine.load(shardParameters(model, shards[index]!).map(({ name }) => weights.get(name)!));
  }
  const loss = await chain.accumulate(tokens(0, model));
  const gradients = await chain.gradients();
  await chain.dispose();
  return { loss, gradients };
}

describe.each([
  ['one shard in segments of two layers', 7, { ...whole, segmentLayers: 2 }],
  ['one shard in segments of a layer, four micro-batches', 7, { microBatches: 4, microBatchSize: 1, segmentLayers: 1 }],
  ['two shards', 4, whole],
  ['three shards', 3, whole],
  ['seven shards', 1, whole],
  ['seven shards, two micro-batches', 1, { microBatches: 2, microBatchSize: 2, segmentLayers: 1 }],
])('%s', (_, layersEach, options) => {
  test('gives the whole model’s loss and gradients within 1e-5', async () => {
    const expected = await lossAndGradients(config, 7, whole);
    const found = await lossAndGradients(config, layersEach, options);
    expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(1e-5);
    expect(found.gradients).toHaveLength(expected.gradients.length);
    for (const [index, gradient] of found.gradients.entries()) {
      expect(distance(gradient, expected.gradients[index]!)).toBeLessThan(1e-5);
    }
  });
});

test('a tied head in a segment of its own adds to the gradient of the embedding', async () => {
  const tied = { ...config, tiedHead: true };
  const expected = await lossAndGradients(tied, 7, whole);
  const options = { microBatches: 2, microBatchSize: 2, segmentLayers: 3 };
  const found = await lossAndGradients(tied, 7, options);
  for (const [index, gradient] of found.gradients.entries()) {
    expect(distance(gradient, expected.gradients[index]!)).toBeLessThan(1e-5);
  }
});

describe('three steps of three shards that clip by their common norm', () => {
  const options = { microBatches: 2, microBatchSize: 2, segmentLayers: 1 };
  const trainer = createTrainer({ config, batchSize: BATCH, threads: 1, provider: 'cpu' });
  const losses: number[][] = [];
  let parameters: readonly [readonly Float32Array[], readonly Float32Array[]];

  beforeAll(async () => {
    const chain = createChain(device, config, 3, options);
    const weights = initialWeights(config, 3);
    const fused = await trainer;
    fused.load(weights);
    let start = 0;
    for (const [index, shard] of splitShard(wholeModel(config), 3).entries()) {
      const count = shardParameters(config, shard).length;
      chain.engines[index]!.load(weights.slice(start, start + count));
      start += count;
    }
    for (let step = 0; step < 3; step++) {
      const { loss } = await fused.trainStep(tokens(step), LEARNING_RATE);
      losses.push([loss, await chain.accumulate(tokens(step))]);
      let square = 0;
      for (const engine of chain.engines) square += await engine.gradientNormSquare();
      const scale = clipScale(Math.sqrt(square), 1);
      for (const engine of chain.engines) await engine.update(scale, LEARNING_RATE);
    }
    const chained = await Promise.all(chain.engines.map((engine) => engine.parameters()));
    parameters = [await fused.parameters(), chained.flat()];
    await chain.dispose();
  });

  afterAll(async () => (await trainer).dispose());

  test('have the losses of the fused step', () => {
    for (const [fused, chained] of losses) expect(Math.abs(chained! / fused! - 1)).toBeLessThan(1e-5);
    expect(losses).toHaveLength(3);
  });

  test('end at the parameters of the fused step', () => {
    const [fused, chained] = parameters;
    expect(chained).toHaveLength(fused.length);
    for (const [index, values] of chained.entries()) expect(distance(values, fused[index]!)).toBeLessThan(1e-4);
  });
});

test('a backward pass without a forward pass is refused', async () => {
  const chain = createChain(device, config, 7, whole);
  await expect(chain.engines[0]!.backward(0, null)).rejects.toThrow('Micro-batch 0 has had no forward pass');
});
