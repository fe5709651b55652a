import type { RunSpec } from '../run-spec.ts';

export type ChunkSpec = Pick<RunSpec['update'], 'chunkSize' | 'topK'>;

/** Values that a chunk of `length` values sends: a shorter last one keeps its share, at least one value. */
export const keptInChunk = (length: number, { chunkSize, topK }: ChunkSpec): number =>
  Math.min(length, Math.ceil((topK * length) / chunkSize));

/** Values that are sent of so many consecutive values of a tensor, which begin with a chunk. */
export function keptCount(values: number, spec: ChunkSpec): number {
  const rest = values % spec.chunkSize;
  const whole = (values - rest) / spec.chunkSize;
  return whole * keptInChunk(spec.chunkSize, spec) + (rest === 0 ? 0 : keptInChunk(rest, spec));
}
