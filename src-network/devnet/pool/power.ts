/**
 * Powers of fractions with fractional exponents, in integers, with a known side of the error: every step is rounded
 * downwards and every term is positive, so that what comes out is a lower bound, short by less than 2^−140 of itself.
 */
const PLACES = 160n;
const ONE = 1n << PLACES;

/** Binary places of the numbers below. */
export const POWER_PLACES = PLACES;

const bitLength = (x: bigint): bigint => BigInt(x.toString(2).length);

/** ln(1 + x) = 2 artanh(x ÷ (2 + x)) for 1 ≤ 1 + x ≤ 2: the series converges by 9 each step. */
function logOfMantissa(mantissa: bigint): bigint {
  const t = ((mantissa - ONE) << PLACES) / (mantissa + ONE);
  const square = (t * t) >> PLACES;
  let total = 0n;
  for (let power = t, divisor = 1n; power > 0n; power = (power * square) >> PLACES, divisor += 2n) {
    total += power / divisor;
  }
  return 2n * total;
}

const LN_2 = logOfMantissa(2n * ONE);
/** LN_2 is short by less than a thousand units: this is not. */
const LN_2_ABOVE = LN_2 + 1000n;

/** ln(numerator ÷ denominator), which is at least 1; not above the truth. */
function logBelow(numerator: bigint, denominator: bigint): bigint {
  const quotient = (numerator << PLACES) / denominator;
  const exponent = bitLength(quotient) - 1n - PLACES;
  return logOfMantissa(quotient >> exponent) + exponent * LN_2;
}

/** e^x for x ≥ 0; not above the truth. */
function exponentialBelow(x: bigint): bigint {
  const doublings = x / LN_2_ABOVE;
  const rest = x - doublings * LN_2_ABOVE;
  let total = 0n;
  for (let term = ONE, index = 1n; term > 0n; term = (term * rest) / (ONE * index), index += 1n) total += term;
  return total << doublings;
}

/** (numerator ÷ denominator)^(exponent ÷ of), for a fraction of at least 1; not above the truth. */
export const powerBelow = (numerator: bigint, denominator: bigint, exponent: bigint, of: bigint): bigint =>
  exponentialBelow((logBelow(numerator, denominator) * exponent) / of);

/** (numerator ÷ denominator)^(exponent ÷ of), for a fraction of at most 1; not below the truth. */
export function powerAbove(numerator: bigint, denominator: bigint, exponent: bigint, of: bigint): bigint {
  const inverse = powerBelow(denominator, numerator, exponent, of);
  return (ONE * ONE + inverse - 1n) / inverse;
}

/** The whole part of √n. */
export function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << ((bitLength(n) + 1n) / 2n);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
