import type { ModelConfig } from '#protocol/model-shape.ts';
import type { Shape } from '#worker/graph/value.ts';
import { DEFAULT_ADAMW } from './adamw.ts';
import { graphMemory, type GraphMemory } from './graph-memory.ts';
import type { MemorySavings } from './memory-savings.ts';
import { updateGraph } from './optimiser-graphs.ts';
import { backwardGraph } from './shard-graphs.ts';
import { shardKind, withoutPlace, type Shard } from './shard.ts';
import { stateMemory } from './state-memory.ts';

/**
 * Where a shard runs. `cpu`: a process of its own, whose runs write in place. `card`: runs are functional, as through WebGPU:
 * what they write lies beside what it replaces.
 */
export type TrainingPlace = 'cpu' | 'card';

/** From so many layers on, one more adds the same to the peak each time. */
const LAYERS_UNTIL_LINEAR = 4;
/** Beyond it attention's squares are nearly everything, and a graph of that length is not built to measure it. */
const LONGEST_MEASURED_SEQUENCE = 4096;

export interface BackwardMemoryOptions {
  readonly config: ModelConfig;
  readonly batchSize: number;
  readonly weights: MemorySavings['weights'];
}

/** Peak and constants of a segment's backward run by segment: from the graph itself, or from smaller graphs that tell the same. */
export function backwardMemory({ config, batchSize, weights }: BackwardMemoryOptions): (segment: Shard) => GraphMemory {
  const known = new Map<string, GraphMemory>();
  const stretch = Math.max(1, config.sequenceLength / LONGEST_MEASURED_SEQUENCE) ** 2;
  const shorter = { ...config, sequenceLength: Math.min(config.sequenceLength, LONGEST_MEASURED_SEQUENCE) };

  function measure(segment: Shard): GraphMemory {
    const extra = segment.to - LAYERS_UNTIL_LINEAR;
    if (extra > 0) {
      const less = memoryOf({ ...segment, to: segment.to - extra - 1 });
      const more = memoryOf({ ...segment, to: segment.to - extra });
      return { ...more, peakBytes: more.peakBytes + extra * (more.peakBytes - less.peakBytes) };
    }
    const graph = backwardGraph(shorter, segment, { batchSize, accumulate: true, weight: 1, weights });
    const { peakBytes, constantBytes } = graphMemory(Object.values(graph.outputs));
    return { peakBytes: peakBytes * stretch, constantBytes: constantBytes * stretch };
  }

  const memoryOf = (segment: Shard): GraphMemory => {
    const found = known.get(shardKind(segment)) ?? measure(withoutPlace(segment));
    known.set(shardKind(segment), found);
    return found;
  };
  return memoryOf;
}

/** What a run needs beyond the state, on the device that trains and in the host's memory beside it. */
export interface UpdateMemory {
  readonly deviceBytes: number;
  readonly hostBytes: number;
}

/**
 * What 8-bit moments take on a card while they are widened and narrowed, in what the liveness pass says of it. Measured through
 * WebGPU on SwiftShader for one table: its buffers are free later than its values.
 */
const CARD_QUANTISING = 2.3;

/** What updating tensors of the given shapes in one run needs: see `Optimiser.update`. */
export function updateMemory(shapes: readonly Shape[], savings: MemorySavings, place: TrainingPlace): UpdateMemory {
  const { outputs } = updateGraph(shapes, DEFAULT_ADAMW, savings.optimiserState);
  const { peakBytes } = graphMemory(Object.values(outputs));
  const { weightsBytes, mastersBytes, momentsBytes } = stateMemory(shapes, savings);
  const nextBytes = mastersBytes + momentsBytes;
  // Of the gradients on their way to the host, and of the parameters on their way back.
  const copyBytes = savings.optimiserPlace === 'host' ? mastersBytes : 0;
  if (place === 'cpu') {
    return { deviceBytes: Math.max(copyBytes + peakBytes, 2 * copyBytes + weightsBytes), hostBytes: 0 };
  }
  if (savings.optimiserPlace === 'host') {
    const hostBytes = copyBytes + Math.max(peakBytes, copyBytes);
    return { deviceBytes: copyBytes + weightsBytes, hostBytes };
  }
  const quantising = savings.optimiserState === '8-bit' ? CARD_QUANTISING : 1;
  return { deviceBytes: Math.max(quantising * (peakBytes + nextBytes), weightsBytes), hostBytes: 0 };
}
