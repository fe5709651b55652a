import { describe, expect, test } from 'vitest';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { elementCount } from '#protocol/model-shape.ts';
import { dequantiseBlocks, QUANTISATION_BLOCK, quantiseBlocks } from '#worker/graph/blockwise-quantise.ts';
import { input, type Shape } from '#worker/graph/value.ts';
import { loadGraph } from './run-graph.ts';

const SHAPES: readonly Shape[] = [[], [1], [7], [256], [257], [3, 5, 17], [2, 256], [257, 257]];

/** Numbers of sizes from 1e-6 to 1, as optimiser state has them, ≥ 0 unless signed; every third block is one of zeros. */
function stateLike(count: number, signed: boolean): Float32Array {
  const sizes = hashedFloats(count, 21, 1);
  const exponents = hashedFloats(count, 22, 3);
  return sizes.map((value, index) => {
    const size = (Math.floor(index / QUANTISATION_BLOCK) % 3 === 1 ? 0 : 1) * 10 ** (exponents[index]! - 3);
    return size * (signed ? value : Math.abs(value));
  });
}

async function roundTrip(x: Float32Array, shape: Shape, signed: boolean) {
  const value = input('x', 'float32', shape);
  const { codes, scales } = quantiseBlocks(value, { signed });
  const back = dequantiseBlocks(codes, scales, shape);
  const graph = await loadGraph([value], { codes, scales, back });
  const results = await graph.run([x]);
  await graph.release();
  return {
    codes: results['codes']!,
    scales: results['scales'] as Float32Array,
    back: results['back'] as Float32Array,
    shapes: { codes: codes.shape, back: back.shape },
  };
}

/** The largest size in each block. */
function largest(x: Float32Array): readonly number[] {
  return Array.from({ length: Math.ceil(x.length / QUANTISATION_BLOCK) }, (_, block) =>
    x
      .subarray(block * QUANTISATION_BLOCK, (block + 1) * QUANTISATION_BLOCK)
      .reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
}

/** float32 rounds scale, quotient and product: a few parts in 2²⁴ on top of the bounds. */
const SLACK = 1 + 1e-4;

describe.each([
  ['signed', true],
  ['unsigned', false],
] as const)('%s blocks:', (_, signed) => {
  test.each(SHAPES.map((shape) => [shape]))('shape %j keeps every number within half a level', async (shape) => {
    const x = stateLike(elementCount(shape), signed);
    const { codes, scales, back, shapes } = await roundTrip(x, shape, signed);
    const tops = largest(x);
    expect(shapes).toEqual({ codes: [tops.length, QUANTISATION_BLOCK], back: shape });
    expect(codes).toBeInstanceOf(signed ? Int8Array : Uint8Array);
    expect(codes).toHaveLength(tops.length * QUANTISATION_BLOCK);
    expect(scales).toHaveLength(tops.length);
    for (const [index, value] of x.entries()) {
      const top = tops[Math.floor(index / QUANTISATION_BLOCK)]!;
      // The bounds of a uniform grid of 127 levels for x, and of 255 levels for √x.
      const [off, bound] = signed
        ? [Math.abs(back[index]! - value), top / 254]
        : [Math.abs(Math.sqrt(back[index]!) - Math.sqrt(value)), Math.sqrt(top) / 510];
      if (off > bound * SLACK) expect.fail(`element ${index}: ${value} came back as ${back[index]!}`);
    }
  });

  test('codes and numbers are those of a float64 reference, but for ties', async () => {
    const x = stateLike(1_000, signed);
    const { codes, back } = await roundTrip(x, [1_000], signed);
    const tops = largest(x);
    for (const [index, value] of x.entries()) {
      const top = tops[Math.floor(index / QUANTISATION_BLOCK)]!;
      const level = top === 0 ? 0 : signed ? (value / top) * 127 : Math.sqrt(value / top) * 255;
      const isTie = Math.abs(Math.abs(level % 1) - 0.5) < 1e-4;
      const code = codes[index] as number;
      if (!isTie) expect(code).toBe(Math.round(level) + 0);
      const expected = top * (signed ? code / 127 : (code / 255) ** 2);
      expect(Math.abs(back[index]! - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
    }
  });

  test('the largest number of a block has the last code and comes back as it was', async () => {
    const x = Float32Array.of(0.1, 0.7, 0);
    const { codes, back } = await roundTrip(x, [3], signed);
    expect(codes[1]).toBe(signed ? 127 : 255);
    expect(back[1]).toBeCloseTo(0.7, 6);
    expect(back[2]).toBe(0);
  });

  test('zeros and the smallest numbers there are come back finite', async () => {
    const x = Float32Array.from({ length: 512 }, (_, index) => (index < 256 ? 0 : 1e-44));
    const { back } = await roundTrip(x, [512], signed);
    expect(back.every((value) => Math.abs(value) <= 2 ** -126)).toBe(true);
  });
});

test('a second quantisation changes nothing', async () => {
  const first = await roundTrip(stateLike(600, true), [600], true);
  const second = await roundTrip(first.back, [600], true);
  expect(second.codes).toEqual(first.codes);
});
