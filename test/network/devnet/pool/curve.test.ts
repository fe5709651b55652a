import { describe, expect, it } from 'vitest';
import { amountToRate, type Curve, payout, rateOf } from '#network/devnet/pool/curve.ts';
import { WEIGHT_ONE } from '#network/devnet/pool/pool.ts';
import { POWER_PLACES, powerAbove, powerBelow, squareRoot } from '#network/devnet/pool/power.ts';

const ONE = 1n << POWER_PLACES;
/** Decimal digits of a number with POWER_PLACES binary places. */
const decimals = (x: bigint, digits: number): string => ((x * 10n ** BigInt(digits)) >> POWER_PLACES).toString();

describe('powers', () => {
  it('agree with known ones to 40 digits, from below and from above', () => {
    // √2, and 2^0.75 (Python: decimal.Decimal(2) ** Decimal('0.75') with 60 digits)
    const root2 = '14142135623730950488016887242096980785696';
    const three4ths = '1681792830507429086062250952466429790080';
    expect(decimals(powerBelow(2n, 1n, 1n, 2n), 40)).toBe(root2);
    expect(decimals(powerBelow(2n, 1n, 3n, 4n), 39)).toBe(three4ths);
    expect(powerBelow(4n, 1n, 1n, 2n)).toBeLessThanOrEqual(2n * ONE);
    expect(powerBelow(4n, 1n, 1n, 2n)).toBeGreaterThan(2n * ONE - (ONE >> 138n));
    expect(powerAbove(1n, 4n, 1n, 2n)).toBeGreaterThanOrEqual(ONE / 2n);
    expect(powerAbove(1n, 4n, 1n, 2n)).toBeLessThan(ONE / 2n + (ONE >> 138n));
  });

  it('of 1 are 1, and the smallest steps still count', () => {
    expect(powerBelow(7n, 7n, 3n, 5n)).toBe(ONE);
    expect(powerAbove(7n, 7n, 3n, 5n)).toBe(ONE);
    const huge = 21_000_000_000_000_000n;
    expect(powerAbove(huge, huge + 1n, 1n, 99n)).toBeLessThan(ONE);
    expect(powerBelow(huge + 1n, huge, 1n, 99n)).toBeGreaterThan(ONE);
  });

  /** pallets/swap/src/pallet/balancer.rs at 14bc6f9f: test_perquintill_power and test_exp_scaled. */
  it('are those of the chain’s tests', () => {
    const [x, delta] = [21_000_000_000_000_000n, 7_000_000_000_000_000n];
    expect(decimals(powerAbove(x, x + delta, 6n, 4n), 18)).toBe('649519052838328985');
    const nine = (reserve: bigint, more: bigint, exponent: bigint, of: bigint): string =>
      decimals(powerAbove(reserve, reserve + more, exponent, of), 15);
    expect(nine(100_000n, 100n, 5n, 5n)).toBe('999000999000999');
    expect(nine(500_000n, 5_000n, 3n, 1n)).toBe('970590147927644');
    expect(nine(13_513_642n, 1_673n, 9n, 1n)).toBe('998886481979889');
    expect(nine(7_000_000_000n, 10_000n, 227n, 773n)).toBe('999999580484586');
  });

  it('have whole square roots', () => {
    for (const n of [0n, 1n, 2n, 3n, 4n, 8n, 9n, 10n ** 40n - 1n, 10n ** 40n, (1n << 128n) + 12_345n]) {
      const root = squareRoot(n);
      expect(root ** 2n <= n && (root + 1n) ** 2n > n, n.toString()).toBe(true);
    }
  });
});

describe('payout', () => {
  /** There, tests.rs: test_convert_deltas compares with double precision, to two units; these are its reserves. */
  it('is that of the chain’s test within its tolerance', () => {
    for (const [tao, alphaReserve] of [
      [1_500, 1_000],
      [1, 1_000_000],
      [1_000_000, 1],
    ] as const) {
      for (const quote of [500_000_000n, 500_000_010n, 499_999_990n, 100_000_000n, 900_000_000n]) {
        for (const amount of [1, 10_000, 1_000_000, 1e15]) {
          const weightIn = quote * 1_000_000_000n;
          const w = Number(quote) / 1e9;
          const buy = alphaReserve * (1 - (tao / (tao + amount)) ** (w / (1 - w)));
          const curve = {
            reserveIn: BigInt(tao),
            reserveOut: BigInt(alphaReserve),
            weightIn,
            weightOut: WEIGHT_ONE - weightIn,
          };
          expect(Math.abs(Number(payout(curve, BigInt(amount))) - Math.floor(buy))).toBeLessThanOrEqual(2);
        }
      }
    }
  });

  it('is never all of the reserve, and nothing from an empty side', () => {
    const curve = { reserveIn: 10n, reserveOut: 1_000n, weightIn: 9n * 10n ** 17n, weightOut: 10n ** 17n };
    expect(payout(curve, 10n ** 19n)).toBe(999n);
    expect(payout({ ...curve, reserveIn: 0n }, 5n)).toBe(0n);
  });
});

describe('amountToRate', () => {
  /** There, balancer.rs: test_calculate_quote_delta_in and test_calculate_base_delta_in. */
  it('is that of the chain’s tests', () => {
    const weights = { weightIn: 25n * 10n ** 16n, weightOut: 75n * 10n ** 16n };
    // p = 3·y ÷ x is 0.1 with x = 3e10, to become 0.2
    const buying: Curve = { reserveIn: 1_000_000_000n, reserveOut: 30_000_000_000n, ...weights };
    expect(amountToRate(buying, { numerator: 2n, denominator: 10n })).toBe(BigInt(Math.floor(1e9 * (2 ** 0.75 - 1))));
    // p = 3·y ÷ x is 0.2, to become 0.1
    const selling: Curve = {
      reserveIn: 3_000_000_000n,
      reserveOut: 200_000_000n,
      weightIn: weights.weightOut,
      weightOut: weights.weightIn,
    };
    expect(rateOf(selling).numerator).toBe(5n * rateOf(selling).denominator);
    expect(amountToRate(selling, { numerator: 10n, denominator: 1n })).toBe(BigInt(Math.floor(3e9 * (2 ** 0.25 - 1))));
  });
});
