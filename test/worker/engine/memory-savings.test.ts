import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { openDevice } from '#worker/engine/open-device.ts';
import { ShardEngine } from '#worker/engine/shard-engine.ts';
import { createTrainer, type Trainer, type TrainerOptions } from '#worker/engine/trainer.ts';
import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import { wholeModel } from '#worker/model/shard.ts';

const config: ModelConfig = {
  ...{ hiddenSize: 32, layers: 3, heads: 2, kvHeads: 1, headSize: 16, ffnSize: 48, vocabSize: 64, sequenceLength: 12 },
  ...{ ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
const BATCH = 4;
const STEPS = 12;
const LEARNING_RATE = 2e-3;
const count = BATCH * (config.sequenceLength + 1);
const tokens = (step: number): Int32Array =>
  Int32Array.from(integerHashes(count, 5, (step % 3) * count), (hash) => hash % config.vocabSize);
const weights = initialWeights(config, 2);

const open = (options: Partial<TrainerOptions>): Promise<Trainer> =>
  createTrainer({ config, batchSize: BATCH, threads: 1, provider: 'cpu', ...options });

async function losses(trainer: Trainer): Promise<readonly number[]> {
  const found: number[] = [];
  for (let step = 0; step < STEPS; step++) found.push((await trainer.trainStep(tokens(step), LEARNING_RATE)).loss);
  return found;
}

let plain: readonly number[];
beforeAll(async () => {
  const trainer = await open({});
  trainer.load(weights);
  plain = await losses(trainer);
  await trainer.dispose();
});

const ALL: MemorySavings = { optimiserState: '8-bit', optimiserPlace: 'host', weights: 'float16' };

describe.each([
  // Only the order of additions differs.
  { name: 'recomputation', options: { segmentLayers: 1 }, bound: 1e-5, exact: true },
  {
    name: 'the optimiser on the host',
    options: { savings: { ...NO_SAVINGS, optimiserPlace: 'host' } },
    bound: 1e-5,
    exact: true,
  },
  {
    name: '8-bit moments',
    options: { savings: { ...NO_SAVINGS, optimiserState: '8-bit' } },
    bound: 0.01,
    exact: false,
  },
  {
    name: 'half-precision weights',
    options: { savings: { ...NO_SAVINGS, weights: 'float16' } },
    bound: 0.01,
    exact: false,
  },
  { name: 'all together', options: { segmentLayers: 1, savings: ALL, largestRunSize: 2 }, bound: 0.02, exact: false },
] as const)('with $name', ({ options, bound, exact }) => {
  let trainer: Trainer;
  let first: readonly number[];
  beforeAll(async () => {
    trainer = await open(options);
    trainer.load(weights);
    first = await losses(trainer);
  });
  afterAll(() => trainer.dispose());

  test(`the losses are those of the plain run within ${bound}`, () => {
    expect(first.at(-1)).toBeLessThan(first[0]! - 0.5);
    for (const [step, loss] of first.entries()) expect(Math.abs(loss / plain[step]! - 1)).toBeLessThan(bound);
  });

  test.runIf(!exact)('they are not the very same: the option does something', () => {
    expect(Math.max(...first.map((loss, step) => Math.abs(loss / plain[step]! - 1)))).toBeGreaterThan(1e-6);
  });

  test('a load and a reset make everything start anew', async () => {
    trainer.load(weights);
    trainer.resetOptimizer();
    expect(await losses(trainer)).toEqual(first);
  });

  test('parameters are given as they were loaded, in float32', async () => {
    trainer.load(weights);
    expect(await trainer.parameters()).toEqual(weights);
  });
});

describe('the state', () => {
  const parameters = parameterCount(config);
  async function sizes(savings: MemorySavings): Promise<readonly [number, number]> {
    const device = await openDevice({ provider: 'cpu', threads: 1 });
    const options = { config, shard: wholeModel(config), microBatches: 1, microBatchSize: 1, segmentLayers: 3 };
    const { deviceBytes, hostBytes } = new ShardEngine(device, { ...options, savings, host: device }).stateSizes();
    return [deviceBytes / parameters, hostBytes / parameters];
  }

  test('takes 16 bytes a parameter in float32, 8 and 12 with the optimiser on the host', async () => {
    expect(await sizes(NO_SAVINGS)).toEqual([16, 0]);
    expect(await sizes({ ...NO_SAVINGS, optimiserPlace: 'host' })).toEqual([8, 12]);
  });

  test('takes 2 bytes more a parameter with half-precision weights beside the masters, 6 on the device without them', async () => {
    expect(await sizes({ ...NO_SAVINGS, weights: 'float16' })).toEqual([18, 0]);
    expect(await sizes({ ...NO_SAVINGS, weights: 'float16', optimiserPlace: 'host' })).toEqual([6, 12]);
  });

  test('takes little more than 10 bytes a parameter with 8-bit moments', async () => {
    const [device] = await sizes({ ...NO_SAVINGS, optimiserState: '8-bit' });
    expect(device).toBeGreaterThan(10);
    // Scales, and the last blocks of small tensors.
    expect(device).toBeLessThan(10.3);
  });
});

test.each([NO_SAVINGS, { ...NO_SAVINGS, optimiserState: '8-bit' }, ALL] as const)(
  'an update of one tensor a run gives the very numbers of one run for all: %o',
  async (savings) => {
    const device = await openDevice({ provider: 'cpu', threads: 1 });
    const options = { config, shard: wholeModel(config), microBatches: 1, microBatchSize: BATCH, segmentLayers: 3 };
    const trained = async (updateRunBytes: number): Promise<readonly Float32Array[]> => {
      const engine = new ShardEngine(device, { ...options, savings, host: device, updateRunBytes });
      engine.load(weights);
      for (let step = 0; step < 2; step++) {
        await engine.forward(0, { tokens: tokens(step), hidden: null });
        await engine.backward(0, null);
        await engine.update(1, LEARNING_RATE);
      }
      const parameters = await engine.parameters();
      await engine.dispose();
      return parameters;
    };
    const all = await trained(1e9);
    expect(await trained(1)).toEqual(all);
    expect(all).not.toEqual(weights);
  },
);

test('an optimiser on the host without a device for it is refused', async () => {
  const device = await openDevice({ provider: 'cpu', threads: 1 });
  const options = { config, shard: wholeModel(config), microBatches: 1, microBatchSize: 1, segmentLayers: 3 };
  const savings: MemorySavings = { ...NO_SAVINGS, optimiserPlace: 'host' };
  expect(() => new ShardEngine(device, { ...options, savings })).toThrow(
    'An optimiser on the host needs the device of the CPU',
  );
});

test('a fused step with savings is refused', async () => {
  const device = await openDevice({ provider: 'cpu', threads: 1 });
  const options = { config, shard: wholeModel(config), microBatches: 1, microBatchSize: BATCH, segmentLayers: 3 };
  const engine = new ShardEngine(device, { ...options, savings: { ...NO_SAVINGS, weights: 'float16' } });
  await expect(engine.fusedStep(tokens(0), LEARNING_RATE)).rejects.toThrow('keeps its state in float32 on one device');
});
