import { describe, expect, test } from 'vitest';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { elementCount } from '#protocol/model-shape.ts';
import {
  dequantiseBlocks,
  QUANTISATION_BLOCK,
  quantiseBlocks,
  quantisedShapes,
} from '#worker/graph/blockwise-quantise.ts';
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
  const back = dequantiseBlocks(codes, scales, shape, { signed });
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

const signedRoot = (x: number): number => Math.sign(x) * Math.sqrt(Math.abs(x));

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
    expect(codes).toBeInstanceOf(Uint8Array);
    expect(codes).toHaveLength(tops.length * QUANTISATION_BLOCK);
    expect(scales).toHaveLength(tops.length);
    for (const [index, value] of x.entries()) {
      const top = tops[Math.floor(index / QUANTISATION_BLOCK)]!;
      // Uniform grids: of 127 levels for √|x|, of 255 for ⁴√x.
      const [off, bound] = signed
        ? [Math.abs(signedRoot(back[index]!) - signedRoot(value)), Math.sqrt(top) / 254]
        : [Math.abs(back[index]! ** 0.25 - value ** 0.25), top ** 0.25 / 510];
      if (off > bound * SLACK) expect.fail(`element ${index}: ${value} came back as ${back[index]!}`);
    }
  });

  test('codes and numbers are those of a float64 reference, but for ties', async () => {
    const x = stateLike(1_000, signed);
    const { codes, back } = await roundTrip(x, [1_000], signed);
    const tops = largest(x);
    for (const [index, value] of x.entries()) {
      const top = tops[Math.floor(index / QUANTISATION_BLOCK)]!;
      const share = top === 0 ? 0 : value / top;
      const level = signed ? 128 + 127 * signedRoot(share) : 255 * share ** 0.25;
      const isTie = Math.abs(Math.abs(level % 1) - 0.5) < 1e-4;
      const code = codes[index] as number;
      if (!isTie) expect(code).toBe(Math.round(level));
      const root = (code - 128) / 127;
      const expected = top * (signed ? root * Math.abs(root) : (code / 255) ** 4 + (1 / 510) ** 4);
      expect(Math.abs(back[index]! - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
    }
  });

  test('the largest number of a block has the last code and comes back as it was', async () => {
    const x = Float32Array.of(0.1, 0.7, 0);
    const { codes, back } = await roundTrip(x, [3], signed);
    expect(codes[1]).toBe(255);
    expect(back[1]).toBeCloseTo(0.7, 6);
  });

  test('zeros and the smallest numbers there are come back finite', async () => {
    const x = Float32Array.from({ length: 512 }, (_, index) => (index < 256 ? 0 : 1e-44));
    const { back } = await roundTrip(x, [512], signed);
    expect(back.every((value) => Math.abs(value) <= 2 ** -126)).toBe(true);
  });
});

test('a signed zero comes back as zero, an unsigned one as half the first level: roots of it are divided by', async () => {
  const x = Float32Array.of(0.7, 0);
  expect((await roundTrip(x, [2], true)).back[1]).toBe(0);
  expect((await roundTrip(x, [2], false)).back[1]! / 0.7).toBeCloseTo((1 / 510) ** 4, 14);
});

test.each([true, false])('codes and scales that were never written are zeros (signed: %s)', async (signed) => {
  const { codes, scales } = quantisedShapes([3, 100]);
  const inputs = [input('codes', 'uint8', codes), input('scales', 'float32', scales)] as const;
  const graph = await loadGraph(inputs, { back: dequantiseBlocks(...inputs, [3, 100], { signed }) });
  const { back } = await graph.run([new Uint8Array(512), new Float32Array(2)]);
  expect((back as Float32Array).every((value) => value === 0)).toBe(true);
  await graph.release();
});

test('a second quantisation changes nothing', async () => {
  const first = await roundTrip(stateLike(600, true), [600], true);
  const second = await roundTrip(first.back, [600], true);
  expect(second.codes).toEqual(first.codes);
});
