import { elementCount } from '#protocol/model-shape.ts';
import { describe, describeAll } from './describe.ts';
import { GraphError } from './graph-error.ts';
import { divide, multiply } from './operators/arithmetic.ts';
import { cast } from './operators/cast.ts';
import { expand, reshape } from './operators/layout.ts';
import { concat, slice } from './operators/pieces.ts';
import { reduceMax } from './operators/reduction.ts';
import { less, where } from './operators/selection.ts';
import { absolute, round, square, squareRoot } from './operators/unary.ts';
import { sameShape } from './shape.ts';
import { formatShape, scalar, type Shape, type Value } from './value.ts';

/** Elements that share one scale. Small enough that one outlier spoils little, large enough that scales cost 1/64 byte an element. */
export const QUANTISATION_BLOCK = 256;
/** Keeps a block of zeros from being divided by zero: the smallest normal float32. */
const SMALLEST_SCALE = 2 ** -126;
const SIGNED_LEVELS = 127;
const UNSIGNED_LEVELS = 255;

/** A tensor in 8 bits an element, for optimiser state (Dettmers et al. 2022, block-wise quantisation). */
export interface QuantisedBlocks {
  /** int8 if signed, else uint8: shape [blocks, QUANTISATION_BLOCK], the last block filled up with zeros. */
  readonly codes: Value;
  /** float32 [blocks, 1]. */
  readonly scales: Value;
}

/**
 * Quantises a float32 tensor in blocks of its elements in order.
 * Signed: `scale = max|x| / 127`, `code = round(x / scale)`; off by at most half a scale.
 * Unsigned, for numbers ≥ 0 of which the small ones matter (second moments): `scale = max x`,
 * `code = round(255 · √(x / scale))`; √x is off by at most √scale / 510.
 * Infinite or NaN elements make their block undefined. Gradients do not flow through codes.
 */
export function quantiseBlocks(x: Value, { signed }: { readonly signed: boolean }): QuantisedBlocks {
  if (x.type !== 'float32') throw new GraphError('quantiseBlocks', `${describe('x', x)} is ${x.type}, not float32`);
  const blocks = inBlocks(x);
  if (signed) {
    const scales = notZero(multiply(reduceMax(absolute(blocks), [1], true), scalar(1 / SIGNED_LEVELS, 'float32')));
    return { codes: cast(round(divide(blocks, scales)), 'int8'), scales };
  }
  const scales = notZero(reduceMax(blocks, [1], true));
  const companded = squareRoot(divide(blocks, scales));
  return { codes: cast(round(multiply(companded, scalar(UNSIGNED_LEVELS, 'float32'))), 'uint8'), scales };
}

/** The numbers that `quantiseBlocks` has kept of a tensor of the given shape, as float32. */
export function dequantiseBlocks(codes: Value, scales: Value, shape: Shape): Value {
  const count = elementCount(shape);
  const blocksNeeded = blockCount(count);
  if (codes.type !== 'int8' && codes.type !== 'uint8') {
    throw new GraphError('dequantiseBlocks', `${describe('codes', codes)} are ${codes.type}, not int8 or uint8`);
  }
  if (!sameShape(codes.shape, [blocksNeeded, QUANTISATION_BLOCK]) || !sameShape(scales.shape, [blocksNeeded, 1])) {
    throw new GraphError('dequantiseBlocks', `${describeAll({ codes, scales })} do not hold ${formatShape(shape)}`);
  }
  const levels = cast(codes, 'float32');
  const blocks =
    codes.type === 'int8'
      ? multiply(levels, scales)
      : multiply(square(multiply(levels, scalar(1 / UNSIGNED_LEVELS, 'float32'))), scales);
  const flat = reshape(blocks, [elementCount(blocks.shape)]);
  return reshape(elementCount(blocks.shape) === count ? flat : slice(flat, 0, 0, count), shape);
}

/** [blocks, QUANTISATION_BLOCK], filled up with zeros, which change no maximum. */
function inBlocks(x: Value): Value {
  const count = elementCount(x.shape);
  const blocks = blockCount(count);
  const missing = blocks * QUANTISATION_BLOCK - count;
  const flat = reshape(x, [count]);
  const full = missing === 0 ? flat : concat([flat, expand(scalar(0, x.type), [missing])], 0);
  return reshape(full, [blocks, QUANTISATION_BLOCK]);
}

function blockCount(elements: number): number {
  return Math.ceil(elements / QUANTISATION_BLOCK);
}

function notZero(scales: Value): Value {
  const smallest = expand(scalar(SMALLEST_SCALE, scales.type), scales.shape);
  return where(less(scales, smallest), smallest, scales);
}
