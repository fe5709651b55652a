import type { RunSpec } from '../run-spec.ts';
import { keptCount } from './chunks.ts';
import { TopKSelector } from './top-k.ts';

/** Where the kept values of a part are written, chunk after chunk. */
export interface KeptValues {
  /** Within the chunk, ascending. */
  readonly places: Uint16Array;
  /** How many values lie between each and the one before it. */
  readonly gaps: Uint16Array;
  readonly values: Float32Array;
}

interface Chunk {
  /** Its first value within the part. */
  readonly start: number;
  readonly length: number;
  /** How many values are kept. */
  readonly keep: number;
}

/** Error feedback and top-k of one chunk. All selectors give the same bits. */
export interface ChunkSelector {
  /** Room for a part's. */
  readonly kept: KeptValues;
  /** @param error of the part, which is changed in place */
  of(difference: Float32Array, error: Float32Array): SelectChunk;
}

/** e ← decay·e + Δ; writes what is kept from index `at` on. Equal magnitudes: the lower place wins. */
type SelectChunk = (chunk: Chunk, at: number) => void;

/**
 * The selector that any JavaScript engine can run, and that others are compared with.
 * @param longest number of values of the longest part
 */
export function createPlainSelector(spec: RunSpec['update'], longest: number): ChunkSelector {
  const topK = new TopKSelector(spec.chunkSize);
  const most = keptCount(longest, spec);
  const [places, gaps, values] = [new Uint16Array(most), new Uint16Array(most), new Float32Array(most)];
  return {
    kept: { places, gaps, values },
    of: (difference, error) => {
      const bits = new Uint32Array(error.buffer, error.byteOffset, error.length);
      return ({ start, length, keep }, at) => {
        addDecayed(error, difference, spec.errorDecay, start, start + length);
        topK.select(bits, start, length, keep, places, at);
        let next = 0;
        for (let kept = at; kept < at + keep; kept += 1) {
          const place = places[kept] ?? 0;
          gaps[kept] = place - next;
          next = place + 1;
          values[kept] = error[start + place] ?? 0;
        }
      };
    },
  };
}

/** The sum is rounded to float32 once. */
function addDecayed(error: Float32Array, difference: Float32Array, decay: number, start: number, end: number): void {
  for (let i = start; i < end; i += 1) error[i] = decay * (error[i] ?? 0) + (difference[i] ?? 0);
}
