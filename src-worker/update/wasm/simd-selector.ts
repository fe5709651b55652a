import { keptCount } from '#protocol/update/chunks.ts';
import type { ChunkSelector, KeptValues } from '#protocol/update/chunk-selector.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
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
/** Values that are looked at together. */
const BLOCK = 16;
/** After what select.as has for itself. */
const KEPT_AT = 0x12000;
const PAGE_BYTES = 65_536;

export interface SimdSelector extends ChunkSelector {
  /** Whether all values lie within ±`most`; one that is not a number does not. */
  allWithin(values: Float32Array, most: number): boolean;
}

/**
 * Four values at a time, in WebAssembly; `null` where the engine has no SIMD.
 * @param longest number of values of the longest part
 */
export function createSimdSelector(spec: RunSpec['update'], longest: number): SimdSelector | null {
  const code = Buffer.from(SELECT_WASM, 'base64');
  if (!WebAssembly.validate(code)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { memory, select, largest } = exports as unknown as SelectExports;
  const most = keptCount(longest, spec);
  memory.grow(Math.max(0, Math.ceil((KEPT_AT + 8 * most - memory.buffer.byteLength) / PAGE_BYTES)));
  const errors = new Float32Array(memory.buffer, 0, MOST_VALUES);
  const differences = new Float32Array(memory.buffer, 0x4000, MOST_VALUES);
  const kept: KeptValues = {
    places: new Uint16Array(memory.buffer, KEPT_AT, most),
    gaps: new Uint16Array(memory.buffer, KEPT_AT + 2 * most, most),
    values: new Float32Array(memory.buffer, KEPT_AT + 4 * most, most),
  };

  /** Zeros after the last value change nothing: they are kept last. @returns the number of bytes */
  function put(into: Float32Array, from: Float32Array): number {
    into.set(from);
    const end = BLOCK * Math.ceil(from.length / BLOCK);
    if (end > from.length) into.fill(0, from.length, end);
    return 4 * end;
  }

  return {
    kept,
    select: (difference, error, { start, length, keep }, at) => {
      const chunk = error.subarray(start, start + length);
      put(differences, difference.subarray(start, start + length));
      const end = put(errors, chunk);
      const run = Math.max(1, Math.floor(length / (2 * keep)));
      const [places, gaps, values] = [KEPT_AT + 2 * at, KEPT_AT + 2 * most + 2 * at, KEPT_AT + 4 * most + 4 * at];
      select(end, run, spec.errorDecay, keep, places, gaps, values);
      chunk.set(length === MOST_VALUES ? errors : errors.subarray(0, length));
    },
    allWithin: (all, most) => {
      const [bound = 0] = new Int32Array(Float32Array.of(most).buffer);
      for (let start = 0; start < all.length; start += MOST_VALUES) {
        if (largest(put(errors, all.subarray(start, start + MOST_VALUES))) > bound) return false;
      }
      return true;
    },
  };
}
