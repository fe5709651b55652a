import type { RunSpec } from '../run-spec.ts';

export type UpdateSpec = Pick<RunSpec['update'], 'chunkSize' | 'topK'>;

/** A run of consecutive values of a flattened tensor, and how many of them are sent. */
export interface Chunk {
  readonly start: number;
  readonly length: number;
  readonly keep: number;
}

/** Chunks of `chunkSize` values; a shorter last one keeps its share, at least one value. */
export function chunksOf(values: number, spec: UpdateSpec): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0; start < values; start += spec.chunkSize) {
    const length = Math.min(spec.chunkSize, values - start);
    chunks.push({ start, length, keep: Math.min(length, Math.ceil((spec.topK * length) / spec.chunkSize)) });
  }
  return chunks;
}

/** Values that are sent of a tensor with so many values. */
export const keptCount = (values: number, spec: UpdateSpec): number =>
  chunksOf(values, spec).reduce((sum, chunk) => sum + chunk.keep, 0);
