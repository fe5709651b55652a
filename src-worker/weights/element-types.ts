import { bytesOf } from '#protocol/bytes.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-floats.ts';

/** Bytes of one element of each type that a safetensors file may hold in whole bytes. */
const ELEMENT_BYTES: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E5M2', 1],
  ['F8_E4M3', 1],
  ['F8_E8M0', 1],
  ['U16', 2],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['U32', 4],
  ['I32', 4],
  ['F32', 4],
  ['U64', 8],
  ['I64', 8],
  ['F64', 8],
  ['C64', 8],
]);

/** The types that are read as weights. F64 is not: what float32 would lose of it, somebody once wanted. */
export type WeightElement = 'F32' | 'F16' | 'BF16';

export const elementBytes = (type: string): number | undefined => ELEMENT_BYTES.get(type);

export const isWeightElement = (type: string): type is WeightElement =>
  type === 'F32' || type === 'F16' || type === 'BF16';

/** A place for the stored bytes of `target.length` elements: of float32 values it is the target's own memory. */
export function landing(type: WeightElement, target: Float32Array): Uint8Array {
  return type === 'F32' ? bytesOf(target) : new Uint8Array(2 * target.length);
}

/** Turns the bytes in `landing` into the values of `target`. */
export function settle(type: WeightElement, landed: Uint8Array, target: Float32Array): void {
  if (type === 'F32') return;
  const halves = new Uint16Array(landed.buffer, landed.byteOffset, target.length);
  if (type === 'F16') float16ToFloat32(halves, target);
  else bfloat16ToFloat32(halves, target);
}
