import { elementCount } from '#protocol/model-shape.ts';
import { describe, describeAll } from './describe.ts';
import { GraphError } from './graph-error.ts';
import { add, divide, multiply, subtract } from './operators/arithmetic.ts';
import { cast } from './operators/cast.ts';
import { expand, reshape } from './operators/layout.ts';
import { concat, slice } from './operators/pieces.ts';
import { reduceMax } from './operators/reduction.ts';
import { less, where } from './operators/selection.ts';
import { absolute, square, squareRoot } from './operators/unary.ts';
import { sameShape } from './shape.ts';
import { formatShape, scalar, type Shape, type Value } from './value.ts';

/** Elements that share one scale. Small enough that one outlier spoils little, large enough that scales cost 1/64 byte an element. */
export const QUANTISATION_BLOCK = 256;
/** Keeps a block of zeros from being divided by zero: the smallest normal float32. */
const SMALLEST_SCALE = 2 ** -126;
/** Added under a root that is divided by; far below what the smallest code stands for. */
const ALMOST_ZERO = 2 ** -100;
const SIGNED_LEVELS = 127;
/** The code of zero. */
const SIGNED_ZERO = 128;
const UNSIGNED_LEVELS = 255;
/** What code 0 of an unsigned block stands for: half the first level. Division by the root of a moment needs more than 0. */
const UNSIGNED_FLOOR = (0.5 / UNSIGNED_LEVELS) ** 4;

/** Which numbers a code is for. */
export interface BlockCode {
  /** Numbers of both signs, or only numbers ≥ 0 over a wider range. */
  readonly signed: boolean;
}

/** A tensor in 8 bits an element, for optimiser state (Dettmers et al. 2022, block-wise quantisation). */
export interface QuantisedBlocks {
  /** uint8 [blocks, QUANTISATION_BLOCK], the last block filled up with zeros. */
  readonly codes: Value;
  /** The largest size of each block: float32 [blocks, 1]. */
  readonly scales: Value;
}

/** Shapes of the codes and of the scales of a tensor of the given shape. */
export function quantisedShapes(shape: Shape): { readonly codes: Shape; readonly scales: Shape } {
  const blocks = Math.ceil(elementCount(shape) / QUANTISATION_BLOCK);
  return { codes: [blocks, QUANTISATION_BLOCK], scales: [blocks, 1] };
}

/**
 * Quantises a float32 tensor in blocks of its elements in order, by `scale = max|x|` and a code that is fine where numbers are small.
 * Signed: `code = 128 + round(127 · √|x / scale|)` with the sign of x. Unsigned: `code = round(255 · ⁴√(x / scale))`.
 * So √|x|, or ⁴√x, is off by at most half a level: a number is off by about 1/code of itself.
 * Infinite or NaN elements make their block undefined. Gradients do not flow through codes.
 * Only operators that WebGPU has too: there is no Round, and int8 it has none.
 */
export function quantiseBlocks(x: Value, { signed }: BlockCode): QuantisedBlocks {
  if (x.type !== 'float32') throw new GraphError('quantiseBlocks', `${describe('x', x)} is ${x.type}, not float32`);
  const blocks = inBlocks(x);
  const scales = notZero(reduceMax(signed ? absolute(blocks) : blocks, [1], true));
  const share = divide(blocks, scales);
  if (signed) {
    const root = divide(share, squareRoot(add(absolute(share), scalar(ALMOST_ZERO, 'float32'))));
    return { codes: toCodes(root, SIGNED_LEVELS, SIGNED_ZERO), scales };
  }
  return { codes: toCodes(squareRoot(squareRoot(share)), UNSIGNED_LEVELS, 0), scales };
}

/**
 * The numbers that `quantiseBlocks` has kept of a tensor of the given shape, as float32. Unsigned ones are never 0 unless their
 * scale is: what was too small comes back as half the first level. Codes and scales that are all zeros are a tensor of zeros.
 */
export function dequantiseBlocks(codes: Value, scales: Value, shape: Shape, { signed }: BlockCode): Value {
  if (codes.type !== 'uint8') {
    throw new GraphError('dequantiseBlocks', `${describe('codes', codes)} are ${codes.type}, not uint8`);
  }
  const needed = quantisedShapes(shape);
  if (!sameShape(codes.shape, needed.codes) || !sameShape(scales.shape, needed.scales)) {
    throw new GraphError('dequantiseBlocks', `${describeAll({ codes, scales })} do not hold ${formatShape(shape)}`);
  }
  const levels = cast(codes, 'float32');
  const number = (value: number): Value => scalar(value, 'float32');
  let shares: Value;
  if (signed) {
    const root = multiply(subtract(levels, number(SIGNED_ZERO)), number(1 / SIGNED_LEVELS));
    shares = multiply(root, absolute(root));
  } else {
    shares = add(square(square(multiply(levels, number(1 / UNSIGNED_LEVELS)))), number(UNSIGNED_FLOOR));
  }
  const blocks = multiply(shares, scales);
  const count = elementCount(shape);
  const flat = reshape(blocks, [elementCount(blocks.shape)]);
  return reshape(elementCount(blocks.shape) === count ? flat : slice(flat, 0, 0, count), shape);
}

/** Rounds by what a cast drops: codes are not negative. */
function toCodes(roots: Value, levels: number, zero: number): Value {
  return cast(add(multiply(roots, scalar(levels, 'float32')), scalar(zero + 0.5, 'float32')), 'uint8');
}

/** [blocks, QUANTISATION_BLOCK], filled up with zeros, which change no maximum. */
function inBlocks(x: Value): Value {
  const { codes } = quantisedShapes(x.shape);
  const missing = elementCount(codes) - elementCount(x.shape);
  const flat = reshape(x, [elementCount(x.shape)]);
  const full = missing === 0 ? flat : concat([flat, expand(scalar(0, x.type), [missing])], 0);
  return reshape(full, codes);
}

function notZero(scales: Value): Value {
  const smallest = expand(scalar(SMALLEST_SCALE, scales.type), scales.shape);
  return where(less(scales, smallest), smallest, scales);
}
