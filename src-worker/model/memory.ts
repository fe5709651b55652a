import { elementCount, type ModelConfig } from '#protocol/model-shape.ts';
import { graphMemory, type GraphMemory } from './graph-memory.ts';
import { backwardGraph } from './shard-graphs.ts';
import { shardKind, shardParameters, splitShard, withoutPlace, type Shard } from './shard.ts';

/** Bytes of one number of each kind. */
export interface Precision {
  readonly parameter: number;
  readonly gradient: number;
  /** All that the optimiser keeps of one parameter. */
  readonly optimiserState: number;
  readonly activation: number;
}

/** What the engine does today: float32 everywhere, two moments. */
export const FLOAT32_ADAMW: Precision = { parameter: 4, gradient: 4, optimiserState: 8, activation: 4 };

/** Where a shard runs. */
export interface MemoryPlace {
  /** What is taken before anything of the shard is there. */
  readonly baseBytes: number;
  /** Whether each run hands out a copy of every output, as onnxruntime-node 1.30 does with what is not on a device of its own. */
  readonly copiesOutputs: boolean;
}

/**
 * A Node process of its own on Linux whose allocator keeps freed memory. Measured: 105 MB with onnxruntime loaded; 166 to
 * 207 MB once graphs of 14 and 63 M parameters had been built and loaded. Graphs of many more layers were not measured.
 */
const OWN_PROCESS: MemoryPlace = { baseBytes: 170e6, copiesOutputs: true };
/** A card's own memory, counted from what is free once the provider has opened it. */
export const ON_CARD: MemoryPlace = { baseBytes: 0, copiesOutputs: false };

export interface MemoryOptions {
  readonly config: ModelConfig;
  readonly microBatchSize: number;
  /** Micro-batches between their forward and their backward pass at once: one in a shard that is alone, more in a pipeline. */
  readonly microBatches: number;
  readonly segmentLayers: number;
  readonly precision?: Precision;
  readonly place?: MemoryPlace;
}

export interface MemoryEstimate {
  readonly parametersBytes: number;
  readonly gradientsBytes: number;
  readonly optimiserBytes: number;
  /** Inputs kept for the backward pass, and the peak of one segment's backward run; with the head that includes logits and their softmax. */
  readonly activationsBytes: number;
  /** What the optimiser's runs and copies of outputs need beyond that peak, constants of the graphs, and gaps of the allocator. */
  readonly workspaceBytes: number;
  readonly baseBytes: number;
  readonly totalBytes: number;
}

/** Gaps between pieces of the heap, packed matrices and other scratch of kernels, as a share of the rest; measured: none to 9 %. */
const GAPS = 0.05;
/** AdamW's temporaries in sizes of the largest tensor, by `graphMemory` of its graph; tensors follow each other. */
const ADAMW_TEMPORARIES = 3;
/** Parameter and two moments: what an update hands out copies of. */
const UPDATED_TENSORS = 3;
/** Forward, backward, and backward that adds to the sums. */
const GRAPHS_PER_SEGMENT = 3;
/** From so many layers on, one more adds the same to the peak each time. */
const LAYERS_UNTIL_LINEAR = 4;
/** Beyond it attention's squares are nearly everything, and a graph of that length is not built to measure it. */
const LONGEST_MEASURED_SEQUENCE = 4096;

/** Estimates the peak of training any shard of the model; keeps what it learnt of one shard for the next. */
export function memoryEstimator(options: MemoryOptions): (shard: Shard) => MemoryEstimate {
  const { config, microBatchSize, microBatches, segmentLayers } = options;
  const { precision = FLOAT32_ADAMW, place = OWN_PROCESS } = options;
  const peaks = new Map<string, GraphMemory>();
  const measured = (segment: Shard): GraphMemory => {
    const kind = shardKind(segment);
    const known = peaks.get(kind) ?? segmentMemory(config, withoutPlace(segment), microBatchSize, measured);
    peaks.set(kind, known);
    return known;
  };

  const estimate = (shard: Shard): MemoryEstimate => {
    const segments = splitShard(shard, segmentLayers);
    const kinds = [...new Map(segments.map((segment) => [shardKind(segment), segment])).values()];
    const parameters = sizes(config, shard);
    const count = sum(parameters);
    const rowsBytes = microBatchSize * config.sequenceLength * config.hiddenSize * precision.activation;
    const inputs = segments.length - (shard.embedding ? 1 : 0);
    const scale = precision.activation / FLOAT32_ADAMW.activation;
    const runBytes = scale * Math.max(...kinds.map((segment) => measured(segment).peakBytes));
    // The gradient that enters a segment's backward run and the one that leaves it.
    const activationsBytes = inputs * microBatches * rowsBytes + 2 * rowsBytes + runBytes;

    const largestSegment = Math.max(...kinds.map((segment) => sum(sizes(config, segment))));
    const updateBytes = place.copiesOutputs
      ? UPDATED_TENSORS * largestSegment * precision.parameter
      : ADAMW_TEMPORARIES * Math.max(...parameters) * FLOAT32_ADAMW.parameter;
    const constantBytes = GRAPHS_PER_SEGMENT * sum(kinds.map((segment) => measured(segment).constantBytes));

    const state = {
      parametersBytes: count * precision.parameter,
      gradientsBytes: count * precision.gradient,
      optimiserBytes: count * precision.optimiserState,
    };
    const needed = Math.max(0, updateBytes - runBytes) + constantBytes;
    const workspaceBytes = needed + GAPS * (sum(Object.values(state)) + activationsBytes + needed);
    return total({ ...state, activationsBytes, workspaceBytes, baseBytes: place.baseBytes });
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

/** Whether the estimate exceeds what is free, and by what; `null` if it fits. */
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

/** Peak and constants of a segment's backward run, float32: from the graph itself, or from smaller graphs that tell the same. */
function segmentMemory(
  config: ModelConfig,
  segment: Shard,
  batchSize: number,
  measured: (segment: Shard) => GraphMemory,
): GraphMemory {
  const extra = segment.to - LAYERS_UNTIL_LINEAR;
  if (extra > 0) {
    const [less, more] = [
      measured({ ...segment, to: segment.to - extra - 1 }),
      measured({ ...segment, to: segment.to - extra }),
    ];
    return { ...more, peakBytes: more.peakBytes + extra * (more.peakBytes - less.peakBytes) };
  }
  const stretch = Math.max(1, config.sequenceLength / LONGEST_MEASURED_SEQUENCE) ** 2;
  const shorter = { ...config, sequenceLength: Math.min(config.sequenceLength, LONGEST_MEASURED_SEQUENCE) };
  const graph = backwardGraph(shorter, segment, { batchSize, accumulate: true, weight: 1 });
  const { peakBytes, constantBytes } = graphMemory(Object.values(graph.outputs));
  return { peakBytes: peakBytes * stretch, constantBytes: constantBytes * stretch };
}

const sizes = (config: ModelConfig, shard: Shard): readonly number[] =>
  shardParameters(config, shard).map(({ shape }) => elementCount(shape));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const total = (parts: Omit<MemoryEstimate, 'totalBytes'>): MemoryEstimate => ({
  ...parts,
  totalBytes: sum(Object.values(parts)),
});
