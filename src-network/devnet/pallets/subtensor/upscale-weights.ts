import { divide, HALF, multiply, toFixed } from '../../fixed32.ts';

const U16_MAX = 65_535n;
/** Above it the product with 65535 would not fit into the chain's numbers, so it divides first. */
const THRESHOLD = 32_768n;

/**
 * Weights so that the largest is 65535, to the nearest whole number; all 0 stay. Source: pallets/subtensor/src/epoch/math.rs
 * (vec_max_upscale_to_u16), in its I32F32.
 */
export function upscaled(weights: readonly number[]): readonly number[] {
  const largest = BigInt(Math.max(0, ...weights));
  if (largest === 0n) return weights;
  return weights.map((weight) => {
    const value = toFixed(BigInt(weight));
    const scaled =
      largest > THRESHOLD ? multiply(value, divide(U16_MAX, largest)) : divide(BigInt(weight) * U16_MAX, largest);
    return Number((scaled + HALF) >> 32n);
  });
}
