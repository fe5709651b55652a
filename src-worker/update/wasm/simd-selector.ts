import { keptCount } from '#protocol/update/chunks.ts';
import type { ChunkSelector, KeptValues } from '#protocol/update/chunk-selector.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { growTo, instantiate } from './instantiate.ts';
import { SELECT_WASM } from './select-wasm.ts';

/** What select.as exports; where what lies in the memory stands there too. */
interface SelectExports {
  readonly memory: WebAssembly.Memory;
  readonly select: (
    end: number,
    run: number,
    decay: number,
    keep: number,
    places: number,
    gaps: number,
    values: number,
  ) => void;
  readonly largest: (end: number) => number;
}

const MOST_VALUES = 4096;
const ERRORS = 0x800;
const DIFFERENCES = 0x5800;
/** Values that are looked at together. */
const BLOCK = 16;
/** After what select.as has for itself. */
const KEPT_AT = 0x14000;

export interface SimdSelector extends ChunkSelector {
  /** Whether all values lie within ±`most`; one that is not a number does not. */
  allWithin(values: Float32Array, most: number): boolean;
}

/**
 * Four values at a time, in WebAssembly; `null` where the engine has no SIMD.
 * @param longest number of values of the longest part
 */
export function createSimdSelector(spec: RunSpec['update'], longest: number): SimdSelector | null {
  const wasm = instantiate(SELECT_WASM) as SelectExports | null;
  if (wasm === null) return null;
  const { memory, select, largest } = wasm;
  const most = keptCount(longest, spec);
  growTo(memory, KEPT_AT + 8 * most);
  const kept: KeptValues = {
    places: new Uint16Array(memory.buffer, KEPT_AT, most),
    gaps: new Uint16Array(memory.buffer, KEPT_AT + 2 * most, most),
    values: new Float32Array(memory.buffer, KEPT_AT + 4 * most, most),
  };

  // Of a Buffer because its copy of shared memory is as fast as that of any other, which that of a typed array is not.
  const memoryBytes = bytesOf(new Uint8Array(memory.buffer));

  /** Zeros after the last value change nothing: they are kept last. @returns the number of bytes */
  function put(at: number, from: Buffer, start: number, length: number): number {
    from.copy(memoryBytes, at, 4 * start, 4 * (start + length));
    const end = 4 * BLOCK * Math.ceil(length / BLOCK);
    if (end > 4 * length) memoryBytes.fill(0, at + 4 * length, at + end);
    return end;
  }

  return {
    kept,
    of: (difference, error) => {
      const [differenceBytes, errorBytes] = [bytesOf(difference), bytesOf(error)];
      return ({ start, length, keep }, at) => {
        put(DIFFERENCES, differenceBytes, start, length);
        const end = put(ERRORS, errorBytes, start, length);
        const run = Math.max(1, Math.floor(length / (2 * keep)));
        const [places, gaps, values] = [KEPT_AT + 2 * at, KEPT_AT + 2 * most + 2 * at, KEPT_AT + 4 * most + 4 * at];
        select(end, run, spec.errorDecay, keep, places, gaps, values);
        memoryBytes.copy(errorBytes, 4 * start, ERRORS, ERRORS + 4 * length);
      };
    },
    allWithin: (all, most) => {
      const bytes = bytesOf(all);
      const [bound = 0] = new Int32Array(Float32Array.of(most).buffer);
      for (let start = 0; start < all.length; start += MOST_VALUES) {
        if (largest(put(ERRORS, bytes, start, Math.min(MOST_VALUES, all.length - start))) > bound) return false;
      }
      return true;
    },
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
