/**
 * Decimal floating point of shares, digit for digit as on the chain: mantissa × 10^exponent with
 * 10^20 < mantissa ≤ 10^21, everything rounded down. Source: primitives/share-pool/src/lib.rs (SafeFloat).
 */
export interface SafeFloat {
  readonly mantissa: bigint;
  readonly exponent: bigint;
}

const MAX_EXPONENT = 21n;
const MAX_MANTISSA = 10n ** MAX_EXPONENT;
const MIN_MANTISSA = MAX_MANTISSA / 10n;
const U64_MAX = (1n << 64n) - 1n;

const ZERO_FLOAT: SafeFloat = { mantissa: 0n, exponent: 0n };

export const isZero = ({ mantissa }: SafeFloat): boolean => mantissa === 0n;

export const floatOf = (integer: bigint): SafeFloat => normalised(integer, 0n);

function normalised(mantissa: bigint, exponent: bigint): SafeFloat {
  if (mantissa === 0n) return ZERO_FLOAT;
  let [digits, power] = [mantissa, exponent];
  for (; digits > MAX_MANTISSA; power += 1n) digits /= 10n;
  for (; digits <= MIN_MANTISSA; power -= 1n) digits *= 10n;
  return { mantissa: digits, exponent: power };
}

/** Beyond 10^22 everything that is divided by it is 0 anyway. */
const powerOfTen = (exponent: bigint): bigint => 10n ** (exponent > MAX_EXPONENT + 1n ? MAX_EXPONENT + 1n : exponent);

/** Both mantissas at the higher of the two exponents; what lies below its last digit is cut off. */
function aligned(a: SafeFloat, b: SafeFloat): readonly [bigint, bigint, bigint] {
  return a.exponent >= b.exponent
    ? [a.mantissa, b.mantissa / powerOfTen(a.exponent - b.exponent), a.exponent]
    : [a.mantissa / powerOfTen(b.exponent - a.exponent), b.mantissa, b.exponent];
}

export function add(a: SafeFloat, b: SafeFloat): SafeFloat {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  const [left, right, exponent] = aligned(a, b);
  return normalised(left + right, exponent);
}

/** a − b, or 0 when b is the larger; a when a is 0 and b is not, as on the chain, which keeps what was there. */
export function subtract(a: SafeFloat, b: SafeFloat): SafeFloat {
  if (isZero(a) || isZero(b)) return a;
  const [left, right, exponent] = aligned(a, b);
  return normalised(left > right ? left - right : 0n, exponent);
}

/** a × b ÷ c, or 0 when c is 0. */
export const multiplyDivide = (a: SafeFloat, b: SafeFloat, c: SafeFloat): SafeFloat =>
  isZero(c) ? ZERO_FLOAT : normalised((a.mantissa * b.mantissa) / c.mantissa, a.exponent + b.exponent - c.exponent);

/** The whole part, at most 2^64 − 1. */
export function toU64({ mantissa, exponent }: SafeFloat): bigint {
  const scale = powerOfTen(exponent < 0n ? -exponent : exponent);
  const whole = exponent < 0n ? mantissa / scale : mantissa * scale;
  return whole > U64_MAX ? U64_MAX : whole;
}
