import { elementCount, parameterShapes } from '../model-shape.ts';
import type { RunSpec } from '../run-spec.ts';
import type { ChunkSpec } from './chunks.ts';

/**
 * A tensor is coded in parts of at most so many chunks (1 Mi values by default), each on its own: so threads share the work, and
 * nobody holds more than a few parts whatever the size of the model. Most tensors are one part.
 */
const PART_CHUNKS = 256;

/** Consecutive values of one flattened tensor. */
export interface Part {
  readonly tensor: number;
  /** Its first value within the tensor: a multiple of the chunk size. */
  readonly start: number;
  /** Number of values. */
  readonly length: number;
}

/** Most values that a part has. */
export const longestPartLength = ({ chunkSize }: Pick<ChunkSpec, 'chunkSize'>): number => PART_CHUNKS * chunkSize;

/** All parts of tensors of these sizes, in order. */
export function partsOf(tensorSizes: readonly number[], { chunkSize }: Pick<ChunkSpec, 'chunkSize'>): readonly Part[] {
  const parts: Part[] = [];
  const longest = longestPartLength({ chunkSize });
  for (const [tensor, size] of tensorSizes.entries()) {
    for (let start = 0; start < size; start += longest) {
      parts.push({ tensor, start, length: Math.min(longest, size - start) });
    }
  }
  return parts;
}

/** The number of values of each tensor of a run's model. */
export const tensorSizes = (spec: Pick<RunSpec, 'model'>): readonly number[] =>
  parameterShapes(spec.model).map(({ shape }) => elementCount(shape));
