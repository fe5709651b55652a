import { describe, expect, test } from 'vitest';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { graphMemory } from '#worker/model/graph-memory.ts';
import { checkFits, estimateMemory, memoryEstimator, ON_CARD } from '#worker/model/memory.ts';
import { backwardGraph } from '#worker/model/shard-graphs.ts';
import { splitShard, wholeModel } from '#worker/model/shard.ts';
import { measureMemory } from '../../bench/support/measure-memory.ts';

const config: ModelConfig = {
  ...{ hiddenSize: 384, layers: 6, heads: 6, kvHeads: 6, headSize: 64, ffnSize: 1024, vocabSize: 4096 },
  ...{ sequenceLength: 256, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
const shard = wholeModel(config);
const options = { config, microBatchSize: 4, microBatches: 1, segmentLayers: 6 };

describe('An estimate', () => {
  test('counts float32 parameters and gradients, and two moments', () => {
    const { parametersBytes, gradientsBytes, optimiserBytes } = estimateMemory({ ...options, shard });
    const bytes = 4 * parameterCount(config);
    expect([parametersBytes, gradientsBytes, optimiserBytes]).toEqual([bytes, bytes, 2 * bytes]);
  });

  test('is the sum of its kinds', () => {
    const { totalBytes, ...kinds } = estimateMemory({ ...options, shard });
    expect(totalBytes).toBe(Object.values(kinds).reduce((sum, bytes) => sum + bytes));
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

  test('is larger where each run hands out copies of its outputs', () => {
    const few = { ...options, shard, microBatchSize: 1, segmentLayers: 1 };
    const card = estimateMemory({ ...few, place: ON_CARD });
    const copied = estimateMemory({ ...few, place: { ...ON_CARD, copiesOutputs: true } });
    expect(copied.workspaceBytes).toBeGreaterThan(card.workspaceBytes);
  });

  test('of two shards is more than of both as one, by no more than what the cut adds', () => {
    const estimate = memoryEstimator({ ...options, segmentLayers: 1, place: ON_CARD });
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

describe('What does not fit', () => {
  const estimate = {
    ...{ parametersBytes: 3.2e9, gradientsBytes: 3.2e9, optimiserBytes: 6.4e9, activationsBytes: 1e9 },
    ...{ workspaceBytes: 0.6e9, baseBytes: 0, totalBytes: 14.4e9 },
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
