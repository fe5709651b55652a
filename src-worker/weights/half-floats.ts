/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (const [index, half] of source.entries()) bits[index] = half << 16;
}

/** Rounds to the nearest bfloat16, ties to even, as PyTorch does. A NaN stays a NaN: its payload must not round to infinity. */
export function float32ToBfloat16(source: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (const [index, value] of bits.entries()) {
    const isNaN = (value & 0x7fff_ffff) > 0x7f80_0000;
    target[index] = isNaN ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
}

/** IEEE 754 binary16. */
export function float16ToFloat32(source: Uint16Array, target: Float32Array): void {
  float16Table ??= makeFloat16Table();
  for (const [index, half] of source.entries()) target[index] = float16Table[half] ?? NaN;
}

let float16Table: Float32Array | null = null;

/** All 65,536 values: a look-up is several times faster than taking each apart, and made at first use. */
function makeFloat16Table(): Float32Array {
  const table = new Float32Array(0x10000);
  for (const half of table.keys()) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) table[half] = sign * fraction * 2 ** -24;
    else if (exponent === 0x1f) table[half] = fraction === 0 ? sign * Infinity : NaN;
    else table[half] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}
