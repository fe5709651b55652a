import { describe, expect, test } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16 } from '#worker/weights/half-floats.ts';

const all = Uint16Array.from({ length: 0x10000 }, (_, index) => index);
const toBfloat16 = (values: Float32Array): Uint16Array => {
  const target = new Uint16Array(values.length);
  float32ToBfloat16(values, target);
  return target;
};

describe('bfloat16', () => {
  test('of every pattern goes to float32 and back unchanged, except that a NaN becomes a quiet one', () => {
    const values = new Float32Array(all.length);
    bfloat16ToFloat32(all, values);
    const back = toBfloat16(values);
    for (const [index, pattern] of all.entries()) {
      const isNaN = (pattern & 0x7fff) > 0x7f80;
      if (isNaN) expect(values[index]).toBeNaN();
      if (back[index] !== (isNaN ? pattern | 0x40 : pattern)) expect.fail(`pattern ${pattern} became ${back[index]}`);
    }
  });

  test('is the nearest one, and of two as near the even one', () => {
    const bits = Uint32Array.of(
      0x3f80_7fff,
      0x3f80_8000,
      0x3f80_8001,
      0x3f81_7fff,
      0x3f81_8000,
      0xbf81_8000,
      0x7f7f_ffff,
    );
    const rounded = toBfloat16(new Float32Array(bits.buffer));
    expect([...rounded]).toEqual([0x3f80, 0x3f80, 0x3f81, 0x3f81, 0x3f82, 0xbf82, 0x7f80]);
  });

  test('of a NaN whose payload lies in the lower half is a NaN and not infinity', () => {
    const bits = Uint32Array.of(0x7f80_0001, 0xffff_ffff, 0x7fff_ffff);
    expect([...toBfloat16(new Float32Array(bits.buffer))]).toEqual([0x7fc0, 0xffff, 0x7fff]);
  });

  test('reads and writes parts of larger arrays', () => {
    const values = new Float32Array(4);
    bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc000), values.subarray(1, 3));
    expect([...values]).toEqual([0, 1, -2, 0]);
    expect([...toBfloat16(values.subarray(2))]).toEqual([0xc000, 0]);
  });
});

describe('float16', () => {
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3c00, 1],
    [0xc123, -2.568359375],
    [0x3555, 0.333251953125],
    [0x7bff, 65_504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7c01, NaN],
  ])('%i is %d', (half, value) => {
    const target = new Float32Array(1);
    float16ToFloat32(Uint16Array.of(half), target);
    expect(target[0]).toBe(value);
  });
});
