import type { ValueSorter } from '#protocol/update/value-sorter.ts';
import { growTo, instantiate } from './instantiate.ts';
import { SORT_WASM } from './sort-wasm.ts';

/** What sort.as exports. */
interface SortExports {
  readonly memory: WebAssembly.Memory;
  readonly sort: (values: number, count: number, keys: number, sorted: number, sums: number) => void;
  readonly assign: (values: number, count: number, leasts: number, numbers: number, codes: number) => void;
}

/** After the counts of sort.as: at most 15 numbers. */
const LEASTS_AT = 0x6000;
const VALUES_AT = 0x6040;
/** Values that are looked at together. */
const BLOCK = 16;

/** What the plain sorter does, in WebAssembly; `null` where the engine has no SIMD. @param most values that will be sorted at once */
export function createSimdSorter(most: number): ValueSorter | null {
  const wasm = instantiate(SORT_WASM) as SortExports | null;
  if (wasm === null) return null;
  const { memory, sort, assign } = wasm;
  const room = BLOCK * Math.ceil(most / BLOCK);
  const keysAt = VALUES_AT + 4 * room;
  const sortedAt = keysAt + 4 * room;
  const codesAt = sortedAt + 4 * room;
  const sumsAt = codesAt + room;
  growTo(memory, sumsAt + 8 * (most + 1));
  const floats = (at: number, length: number): Float32Array => new Float32Array(memory.buffer, at, length);
  const [given, leastsIn] = [floats(VALUES_AT, most), floats(LEASTS_AT, BLOCK)];
  let count = 0;
  return {
    sort: (values, length) => {
      count = length;
      given.set(values.subarray(0, count));
      sort(VALUES_AT, count, keysAt, sortedAt, sumsAt);
      return { sorted: floats(sortedAt, count), sums: new Float64Array(memory.buffer, sumsAt, count + 1) };
    },
    assign: (leasts, codes) => {
      leastsIn.set(leasts);
      assign(VALUES_AT, count, LEASTS_AT, leasts.length, codesAt);
      codes.set(new Uint8Array(memory.buffer, codesAt, count));
    },
  };
}
