import type { ModelConfig } from '#protocol/model-shape.ts';
import type { Shape } from '#worker/graph/value.ts';
import type { MemorySavings } from './memory-savings.ts';
import { backwardMemory, updateMemory, type TrainingPlace, type UpdateMemory } from './run-memory.ts';
import { shardKind, shardParameters, splitShard, type Shard } from './shard.ts';
import { stateMemory, sum } from './state-memory.ts';
import { updateRuns } from './update-runs.ts';

export interface MemoryOptions {
  readonly config: ModelConfig;
  readonly microBatchSize: number;
  /** Micro-batches between their forward and their backward pass at once: one in a shard that is alone, more in a pipeline. */
  readonly microBatches: number;
  readonly segmentLayers: number;
  readonly savings: MemorySavings;
  /** Whether a step is a single run, as `ShardEngine.fusedStep`: of a whole model in one segment with nothing saved. */
  readonly fused?: boolean;
  /** The CPU if left out. */
  readonly place?: TrainingPlace;
}

export interface MemoryEstimate {
  /** What forward and backward pass read, and the float32 masters where those are kept besides. */
  readonly parametersBytes: number;
  readonly gradientsBytes: number;
  readonly optimiserBytes: number;
  /** Inputs kept for the backward pass, and the peak of one segment's backward run; with the head that includes logits and their softmax. */
  readonly activationsBytes: number;
  /** What the optimiser's runs and outputs beside what they replace need beyond that peak, constants of the graphs, and gaps of the allocator. */
  readonly workspaceBytes: number;
  readonly baseBytes: number;
  /** All of the above: what the device that trains must have. */
  readonly totalBytes: number;
  /**
   * With a card, what the training process needs of main memory: the parameters, until the first run has taken them up, or the
   * state of an optimiser on the host and its largest update. On the CPU nothing is beside: `0`.
   */
  readonly hostBytes: number;
}

/**
 * A Node process of its own on Linux whose allocator keeps freed memory. Measured: 105 MB with onnxruntime loaded; 166 to
 * 207 MB once graphs of 14 and 63 M parameters had been built and loaded. Graphs of many more layers were not measured.
 * On a card nothing: count what is free once the provider has opened it.
 */
export const BASE_BYTES: Readonly<Record<TrainingPlace, number>> = { cpu: 170e6, card: 0 };
/** Gaps between pieces of the heap, packed matrices and other scratch of kernels, as a share of the rest; measured: none to 9 %. */
const GAPS = 0.05;
/** Forward, backward, and backward that adds to the sums. */
const GRAPHS_PER_SEGMENT = 3;

/** Estimates the peak of training any shard of the model; keeps what it learnt of one shard for the next. */
export function memoryEstimator(options: MemoryOptions): (shard: Shard) => MemoryEstimate {
  const { config, microBatchSize, microBatches, segmentLayers, savings, fused = false, place = 'cpu' } = options;
  const backward = backwardMemory({ config, batchSize: microBatchSize, weights: savings.weights });
  // Measured with glibc 2.36: what 8-bit moments are widened to does not fit the gaps that the backward run has left in the heap.
  const sharesHeap = place === 'card' || savings.optimiserState === 'float32';
  const updates = new Map<string, UpdateMemory>();
  const update = (shapes: readonly Shape[]): UpdateMemory => {
    const kind = JSON.stringify(shapes);
    const found = updates.get(kind) ?? updateMemory(shapes, savings, place);
    updates.set(kind, found);
    return found;
  };

  /** What a staged step needs at most beyond state and kept inputs: one segment's backward run, or one run of the update. */
  function largestRun(kinds: readonly Shard[]): UpdateMemory {
    const runs = kinds.flatMap((segment) => updateRuns(shardParameters(config, segment))).map(shapesOf);
    const backwards = kinds.map((segment) => {
      const { gradientsBytes } = stateMemory(shapesOf(shardParameters(config, segment)), savings);
      return backward(segment).peakBytes + (place === 'card' ? gradientsBytes : 0);
    });
    const backwardBytes = Math.max(...backwards);
    const updateBytes = Math.max(...runs.map((shapes) => update(shapes).deviceBytes));
    return {
      deviceBytes: sharesHeap ? Math.max(backwardBytes, updateBytes) : backwardBytes + updateBytes,
      hostBytes: Math.max(...runs.map((shapes) => update(shapes).hostBytes)),
    };
  }

  const estimate = (shard: Shard): MemoryEstimate => {
    const segments = splitShard(shard, segmentLayers);
    const kinds = [...new Map(segments.map((segment) => [shardKind(segment), segment])).values()];
    const shapes = shapesOf(shardParameters(config, shard));
    const { weightsBytes, gradientsBytes, mastersBytes, momentsBytes } = stateMemory(shapes, savings);
    const rowsBytes = 4 * microBatchSize * config.sequenceLength * config.hiddenSize;
    const inputs = segments.length - (shard.embedding ? 1 : 0);
    const runBytes = Math.max(...kinds.map((segment) => backward(segment).peakBytes));
    // The gradient that enters a segment's backward run and the one that leaves it.
    const activationsBytes = inputs * microBatches * rowsBytes + 2 * rowsBytes + runBytes;

    const isAway = savings.optimiserPlace === 'host' && place === 'card';
    const state = {
      parametersBytes: weightsBytes + (isAway ? 0 : mastersBytes),
      gradientsBytes,
      optimiserBytes: isAway ? 0 : momentsBytes,
    };
    const nextBytes = mastersBytes + momentsBytes;
    const largest = fused
      ? { deviceBytes: runBytes + (place === 'card' ? nextBytes : 0), hostBytes: 0 }
      : largestRun(kinds);
    const constantBytes = GRAPHS_PER_SEGMENT * sum(kinds.map((segment) => backward(segment).constantBytes));
    const needed = largest.deviceBytes - runBytes + constantBytes;
    const workspaceBytes = needed + GAPS * (sum(Object.values(state)) + activationsBytes + needed);
    const parts = { ...state, activationsBytes, workspaceBytes, baseBytes: BASE_BYTES[place] };
    const hostBytes = isAway ? nextBytes + largest.hostBytes : place === 'card' ? mastersBytes : 0;
    return { ...parts, totalBytes: sum(Object.values(parts)), hostBytes };
  };

  const known = new Map<string, MemoryEstimate>();
  return (shard) => {
    const found = known.get(shardKind(shard)) ?? estimate(shard);
    known.set(shardKind(shard), found);
    return found;
  };
}

/** The peak of training one shard, by kind. @see memoryEstimator */
export const estimateMemory = (options: MemoryOptions & { readonly shard: Shard }): MemoryEstimate =>
  memoryEstimator(options)(options.shard);

export interface MemoryShortage {
  readonly missingBytes: number;
  /** For the owner: what is needed, by kind, and what there is. */
  readonly message: string;
}

/** Whether the estimate exceeds what is free on the device that trains, and by what; `null` if it fits. */
export function checkFits(estimate: MemoryEstimate, availableBytes: number): MemoryShortage | null {
  if (estimate.totalBytes <= availableBytes) return null;
  const { parametersBytes, gradientsBytes, optimiserBytes, activationsBytes, workspaceBytes, baseBytes } = estimate;
  const kinds = [
    `parameters ${gigabytes(parametersBytes)}`,
    `gradients ${gigabytes(gradientsBytes)}`,
    `optimiser state ${gigabytes(optimiserBytes)}`,
    `activations ${gigabytes(activationsBytes)}`,
    `workspace ${gigabytes(workspaceBytes)}`,
    ...(baseBytes > 0 ? [`the process ${gigabytes(baseBytes)}`] : []),
  ];
  return {
    missingBytes: estimate.totalBytes - availableBytes,
    message: `It needs ${gigabytes(estimate.totalBytes)} GB (${kinds.join(', ')}); ${gigabytes(availableBytes)} GB are free`,
  };
}

/** In 10⁹ bytes, as text. */
export const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 1e8 ? 2 : 1);

const shapesOf = (parameters: readonly { readonly shape: Shape }[]): readonly Shape[] =>
  parameters.map(({ shape }) => shape);
