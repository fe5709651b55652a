/**
 * Numbers with 32 binary places, held as the integer x·2^32: the chain's I32F32 (consensus) and U96F32 (emission), bit for
 * bit. All are ≥ 0 here, so every rounding is downwards, as in the `substrate_fixed` crate.
 */
export type Fixed = bigint;

const PLACES = 32n;
const U16_MAX = 65_535n;

export const ONE: Fixed = 1n << PLACES;
export const HALF: Fixed = ONE >> 1n;

export const toFixed = (integer: bigint): Fixed => integer << PLACES;
export const multiply = (a: Fixed, b: Fixed): Fixed => (a * b) >> PLACES;

/** a ÷ b, or 0 when b is 0 (the pallets' `safe_div`). Also of two integers that are not fixed-point numbers. */
export const divide = (a: Fixed, b: Fixed): Fixed => (b === 0n ? 0n : (a << PLACES) / b);

/** The whole part. */
export const floor = (x: Fixed): bigint => x >> PLACES;

/** A u16 of the chain as the proportion that it stands for: 65535 is 1. */
export const proportion = (u16: number): Fixed => divide(BigInt(u16), U16_MAX);

/** A proportion as the chain stores it: rounded down, at most 65535. */
export function toU16(x: Fixed): number {
  const scaled = floor(multiply(x, toFixed(U16_MAX)));
  return Number(scaled > U16_MAX ? U16_MAX : scaled);
}

export const sum = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};

/** The values divided by their sum, or as they are when that is 0. */
export const normalised = (values: readonly Fixed[]): readonly Fixed[] => dividedBy(values, sum(values));

/** The values divided by a number, or as they are when that is 0. */
export const dividedBy = (values: readonly Fixed[], divisor: Fixed): readonly Fixed[] =>
  divisor === 0n ? values : values.map((value) => divide(value, divisor));
