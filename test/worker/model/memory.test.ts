import { describe, expect, test } from 'vitest';
import { elementCount, parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { openDevice } from '#worker/engine/open-device.ts';
import { ShardEngine } from '#worker/engine/shard-engine.ts';
import { graphMemory } from '#worker/model/graph-memory.ts';
import { DEFAULT_ADAMW } from '#worker/model/adamw.ts';
import { checkFits, estimateMemory, memoryEstimator, type MemoryEstimate } from '#worker/model/memory.ts';
import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import { updateGraph } from '#worker/model/optimiser-graphs.ts';
import { backwardGraph } from '#worker/model/shard-graphs.ts';
import { shardParameters, splitShard, wholeModel } from '#worker/model/shard.ts';
import { stateMemory } from '#worker/model/state-memory.ts';
import { measureMemory } from '../../bench/support/measure-memory.ts';

const config: ModelConfig = {
  ...{ hiddenSize: 384, layers: 6, heads: 6, kvHeads: 6, headSize: 64, ffnSize: 1024, vocabSize: 4096 },
  ...{ sequenceLength: 256, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
const shard = wholeModel(config);
const options = { config, microBatchSize: 4, microBatches: 1, segmentLayers: 6, savings: NO_SAVINGS };

describe('An estimate', () => {
  test('counts float32 parameters and gradients, and two moments', () => {
    const { parametersBytes, gradientsBytes, optimiserBytes } = estimateMemory({ ...options, shard });
    const bytes = 4 * parameterCount(config);
    expect([parametersBytes, gradientsBytes, optimiserBytes]).toEqual([bytes, bytes, 2 * bytes]);
  });

  test('is the sum of its kinds', () => {
    const { totalBytes, hostBytes, ...kinds } = estimateMemory({ ...options, shard });
    expect(totalBytes).toBe(Object.values(kinds).reduce((sum, bytes) => sum + bytes));
    expect(hostBytes).toBe(0);
  });

  test.each([
    { name: 'whole', embedding: true, head: true },
    { name: 'first', embedding: true, head: false },
    { name: 'middle', embedding: false, head: false },
    { name: 'last', embedding: false, head: true },
  ])('of six layers in a $name shard equals that of their own graph, though it builds four', ({ embedding, head }) => {
    const part = { from: 0, to: 6, embedding, head };
    const run = graphMemory(
      Object.values(backwardGraph(config, part, { batchSize: 4, accumulate: true, weight: 1 }).outputs),
    );
    const rows = 4 * 4 * config.sequenceLength * config.hiddenSize;
    const kept = (embedding ? 2 : 3) * rows;
    expect(estimateMemory({ ...options, shard: part }).activationsBytes).toBeCloseTo(run.peakBytes + kept, -3);
  });

  test('has fewer activations in smaller segments', () => {
    const [whole, halves, layers] = [6, 3, 1].map(
      (segmentLayers) => estimateMemory({ ...options, shard, segmentLayers }).activationsBytes,
    );
    expect(halves).toBeLessThan(whole!);
    expect(layers).toBeLessThan(halves!);
  });

  test('keeps each segment’s input for each micro-batch in flight', () => {
    const middle = { from: 2, to: 6, embedding: false, head: false };
    const of = (microBatches: number) =>
      estimateMemory({ ...options, shard: middle, segmentLayers: 2, microBatches }).activationsBytes;
    expect(of(5) - of(1)).toBe(4 * 2 * (4 * 4 * config.sequenceLength * config.hiddenSize));
  });

  test('of two shards is more than of both as one, by no more than what the cut adds', () => {
    const estimate = memoryEstimator({ ...options, segmentLayers: 1, place: 'card' });
    const parts = splitShard(shard, 3).map((part) => estimate(part).totalBytes);
    const whole = estimate(shard).totalBytes;
    expect(Math.max(...parts)).toBeLessThan(whole);
    expect(parts.reduce((a, b) => a + b)).toBeGreaterThan(whole);
  });

  test('of a sequence too long to build its graph grows by the square', () => {
    const tiny = { ...config, heads: 1, kvHeads: 1, headSize: 2, layers: 1 };
    const of = (sequenceLength: number) =>
      estimateMemory({ ...options, shard: wholeModel(tiny), config: { ...tiny, sequenceLength } }).activationsBytes;
    expect(of(131_072) / of(32_768)).toBeCloseTo(16, 0);
  });
});

describe('An estimate with savings', () => {
  const ways: readonly MemorySavings[] = (['float32', '8-bit'] as const).flatMap((optimiserState) =>
    (['device', 'host'] as const).flatMap((optimiserPlace) =>
      (['float32', 'float16'] as const).map((weights) => ({ optimiserState, optimiserPlace, weights })),
    ),
  );

  test.each(ways)('counts the state that the engine holds, on the card and beside it: %o', async (savings) => {
    const device = await openDevice({ provider: 'cpu', threads: 1 });
    const small = { ...config, layers: 2, hiddenSize: 36, headSize: 6, vocabSize: 301, sequenceLength: 8 };
    const given = { ...options, config: small, shard: wholeModel(small), savings };
    const { deviceBytes, hostBytes } = new ShardEngine(device, { ...given, host: device }).stateSizes();
    const state = ({ parametersBytes, gradientsBytes, optimiserBytes }: MemoryEstimate): number =>
      parametersBytes + gradientsBytes + optimiserBytes;
    expect(state(estimateMemory({ ...given, place: 'card' }))).toBe(deviceBytes);
    // On the CPU there is but one memory.
    expect(state(estimateMemory(given))).toBe(deviceBytes + hostBytes);
  });

  test('widens float16 weights where they are used: that is in the peak of the run', () => {
    const of = (weights: MemorySavings['weights']) =>
      estimateMemory({ ...options, shard, segmentLayers: 1, savings: { ...NO_SAVINGS, weights } }).activationsBytes;
    const layer = { from: 0, to: 1, embedding: false, head: false };
    const largest = Math.max(...shardParameters(config, layer).map(({ shape }) => 4 * elementCount(shape)));
    expect(of('float16') - of('float32')).toBeGreaterThan(largest);
  });

  test('has the optimiser’s state and the largest update in the host’s memory, where that is its place', () => {
    const savings: MemorySavings = { ...NO_SAVINGS, optimiserPlace: 'host' };
    const [onDevice, onHost] = [NO_SAVINGS, savings].map((chosen) =>
      estimateMemory({ ...options, shard, savings: chosen, place: 'card' }),
    );
    const parameters = 4 * parameterCount(config);
    expect(onHost!.totalBytes).toBeLessThan(onDevice!.totalBytes - parameters);
    // 55 MB of parameters are updated at once: gradients on their way there, and copies of the parameters on their way back.
    expect(onHost!.hostBytes).toBe(3 * parameters + 2 * parameters);
    // Loaded there, they lie in the host's memory until the first run.
    expect(onDevice!.hostBytes).toBe(parameters);
  });

  test('has the temporaries of quantising in the run of the update', () => {
    // One layer of 1.8 M parameters and few activations: the update is the largest run.
    const layer = { from: 0, to: 1, embedding: false, head: false };
    const short = { ...config, sequenceLength: 2 };
    const shapes = shardParameters(short, layer).map(({ shape }) => shape);
    const few = { ...options, config: short, microBatchSize: 1, shard: layer, place: 'card' as const };
    // Measured: what quantising needs is not free again as soon as it could be.
    for (const [optimiserState, late] of [['float32', 1] as const, ['8-bit', 2.3] as const]) {
      const { totalBytes } = estimateMemory({ ...few, savings: { ...NO_SAVINGS, optimiserState } });
      const run = graphMemory(Object.values(updateGraph(shapes, DEFAULT_ADAMW, optimiserState).outputs));
      const { mastersBytes, gradientsBytes, momentsBytes } = stateMemory(shapes, { ...NO_SAVINGS, optimiserState });
      const nextBytes = mastersBytes + momentsBytes;
      const needed = nextBytes + gradientsBytes + late * (nextBytes + run.peakBytes);
      expect(totalBytes / needed).toBeGreaterThan(1.05);
      expect(totalBytes / needed).toBeLessThan(1.06);
    }
  });
});

describe('On a card', () => {
  const card = { ...options, shard, place: 'card' } as const;

  test('new gradients lie beside the old ones while they are computed', () => {
    const { activationsBytes, workspaceBytes, totalBytes } = estimateMemory({ ...card, microBatchSize: 8 });
    const state = 16 * parameterCount(config);
    const beside = 4 * parameterCount(config);
    expect(workspaceBytes).toBeGreaterThan(beside + 0.05 * (state + activationsBytes + beside));
    expect(totalBytes).toBeGreaterThan(state + activationsBytes + beside);
  });

  test('a step in one run has a second copy of parameters and moments beside its activations', () => {
    const staged = estimateMemory(card);
    const fused = estimateMemory({ ...card, fused: true });
    expect(fused.workspaceBytes - staged.workspaceBytes).toBeCloseTo(1.05 * (12 - 4) * parameterCount(config), -1);
    const onCpu = [false, true].map((oneRun) => estimateMemory({ ...options, shard, fused: oneRun }).totalBytes);
    expect(onCpu[1]).toBeGreaterThanOrEqual(onCpu[0]!);
  });
});

describe('What does not fit', () => {
  const estimate = {
    ...{ parametersBytes: 3.2e9, gradientsBytes: 3.2e9, optimiserBytes: 6.4e9, activationsBytes: 1e9 },
    ...{ workspaceBytes: 0.6e9, baseBytes: 0, totalBytes: 14.4e9, hostBytes: 0 },
  };

  test('is told with its numbers', () => {
    expect(checkFits(estimate, 8e9)).toEqual({
      missingBytes: 6.4e9,
      message:
        'It needs 14.4 GB (parameters 3.2, gradients 3.2, optimiser state 6.4, activations 1.0, workspace 0.6); 8.0 GB are free',
    });
  });

  test('is nothing when there is room to the byte', () => {
    expect(checkFits(estimate, 14.4e9)).toBeNull();
    expect(checkFits(estimate, 14.4e9 - 1)).not.toBeNull();
  });
});

// The peak as Linux counts it, with glibc told to keep freed memory as main tells it.
test.runIf(process.platform === 'linux')('A process that trains stays within 15 % of its estimate', async () => {
  const measuredBytes = await measureMemory({ ...options, shard, steps: 3 });
  const ratio = estimateMemory({ ...options, shard }).totalBytes / measuredBytes;
  expect(ratio).toBeGreaterThan(0.85);
  expect(ratio).toBeLessThan(1.15);
});
