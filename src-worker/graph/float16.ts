const SMALLEST_NORMAL = 2 ** -14;
/** What one unit of the significand is worth below the normal numbers. */
const SUBNORMAL_STEP = 2 ** -24;
/** Halfway from the largest number, 65504, to the next that would follow: from here on all is infinite. */
const OVERFLOW = 65_520;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;

/** The bits of a number in half precision (IEEE 754 binary16), rounded to nearest, ties to even. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return NAN_BITS;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= OVERFLOW) return sign | INFINITY_BITS;
  if (size < SMALLEST_NORMAL) return sign | roundToEven(size / SUBNORMAL_STEP);
  let exponent = 0;
  let significand = size;
  for (; significand >= 2; significand /= 2) exponent++;
  for (; significand < 1; significand *= 2) exponent--;
  // A significand that rounds up to 2 carries into the exponent, which is the right number again.
  return sign | (((exponent + 15) << 10) + roundToEven((significand - 1) * 1024));
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below + (below % 2);
  return rest < 0.5 ? below : below + 1;
}
