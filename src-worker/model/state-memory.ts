import { elementCount } from '#protocol/model-shape.ts';
import { quantisedShapes } from '#worker/graph/blockwise-quantise.ts';
import { ELEMENT_BYTES } from '#worker/graph/element-type.ts';
import type { Shape } from '#worker/graph/value.ts';
import { hasMasters, type MemorySavings } from './memory-savings.ts';

/** Bytes that tensors have between runs, by what they are. */
export interface StateMemory {
  /** What forward and backward pass read; `0` where that is the optimiser's own parameters. */
  readonly weightsBytes: number;
  readonly gradientsBytes: number;
  /** The optimiser's float32 parameters. */
  readonly mastersBytes: number;
  readonly momentsBytes: number;
}

/** What training keeps of tensors of the given shapes, as `ShardState` does. */
export function stateMemory(shapes: readonly Shape[], savings: MemorySavings): StateMemory {
  const count = sum(shapes.map(elementCount));
  return {
    weightsBytes: hasMasters(savings) ? ELEMENT_BYTES[savings.weights] * count : 0,
    gradientsBytes: 4 * count,
    mastersBytes: 4 * count,
    momentsBytes: savings.optimiserState === 'float32' ? 8 * count : sum(shapes.map(quantisedMomentsBytes)),
  };
}

/** Codes of both moments, and their scales. */
function quantisedMomentsBytes(shape: Shape): number {
  const { codes, scales } = quantisedShapes(shape);
  return 2 * (elementCount(codes) + 4 * elementCount(scales));
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
