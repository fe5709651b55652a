import { type ChunkSpec, keptCount } from './chunks.ts';

/** Positions, ascending, and the values there. */
export interface SparseTensor {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** A new array for `kept` positions and values. */
export const sparseTensor = (kept: number): SparseTensor => ({
  indices: new Uint32Array(kept),
  values: new Float32Array(kept),
});

/** Room for all that a part or tensor of so many values sends. */
export const sparseFor = (length: number, spec: ChunkSpec): SparseTensor => sparseTensor(keptCount(length, spec));
