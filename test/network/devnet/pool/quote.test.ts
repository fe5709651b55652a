import { describe, expect, it } from 'vitest';
import { alpha, rao } from '#protocol/units.ts';
import { openPool, type Pool, priceRao } from '#network/devnet/pool/pool.ts';
import { quoteAlphaForTao, quoteTaoForAlpha } from '#network/devnet/pool/quote.ts';

const T = 1_000_000_000n;
const even = openPool(rao(1_000n * T), alpha(4_000n * T));
const zeros = { taoAmount: 0n, alphaAmount: 0n, taoFee: 0n, alphaFee: 0n, taoSlippage: 0n, alphaSlippage: 0n };

/** The prices are those of the chain's tests: pallets/swap/src/pallet/balancer.rs (test_price_…), commit 14bc6f9f. */
describe('priceRao', () => {
  const priced = (tao: bigint, alphaReserve: bigint, quoteWeight: bigint): bigint =>
    priceRao({ tao: rao(tao), alpha: alpha(alphaReserve), quoteWeight, feeRate: 33 });

  it('is TAO by alpha, times the ratio of the weights', () => {
    expect(priceRao(even)).toBe(250_000_000n);
    expect(priced(5n, 2n, 500_000_000_000_000_000n)).toBe(2_500_000_000n);
    expect(priced(10n, 4n, 333_333_333_333_333_333n)).toBe(5_000_000_000n);
    expect(priced(25n, 9n, 400_000_000_000_000_000n)).toBe(4_166_666_666n);
    expect(priced(15n * 10n ** 15n, 21n * 10n ** 15n, 300_000_000_000_000_000n)).toBe(1_666_666_666n);
  });

  it('is 0 without TAO or without alpha', () => {
    expect(priced(0n, 10n, 300_000_000_000_000_000n)).toBe(0n);
    expect(priced(10n, 0n, 300_000_000_000_000_000n)).toBe(0n);
  });

  it('is rounded down as the chain does it, in 64 binary places: one fifth reads 199,999,999', () => {
    expect(priced(T, 5n * T, 500_000_000_000_000_000n)).toBe(199_999_999n);
  });
});

describe('quotes', () => {
  it('say what comes out, what the fee is, and what the trade itself costs, fee included', () => {
    expect(quoteTaoForAlpha(even, rao(10_000_000_007n))).toEqual({
      ...zeros,
      taoAmount: 9_994_964_530n,
      alphaAmount: 39_584_215_292n,
      taoFee: 5_035_477n,
      alphaSlippage: 40_000_000_028n - 39_584_215_292n,
    });
    expect(quoteAlphaForTao(even, alpha(10_000_000_007n))).toEqual({
      ...zeros,
      taoAmount: 2_492_512_987n,
      alphaAmount: 9_994_964_530n,
      alphaFee: 5_035_477n,
      taoSlippage: 2_500_000_001n - 2_492_512_987n,
    });
  });

  it('are all zeros when they fail', () => {
    const empty = openPool(rao(0), alpha(0));
    const tiny = openPool(rao(1_000n), alpha(1_000n));
    for (const [pool, amount] of [
      [empty, T],
      [tiny, 1n],
      [even, 0n],
      [even, (1n << 64n) - 1n],
    ] as const) {
      expect(quoteTaoForAlpha(pool, rao(amount))).toEqual(zeros);
      expect(quoteAlphaForTao(pool, alpha(amount))).toEqual(zeros);
    }
  });

  it('do not overflow where the ideal amount does not fit into a u64', () => {
    const cheap: Pool = { tao: rao(T), alpha: alpha(18n * 10n ** 18n), quoteWeight: 10n ** 16n, feeRate: 0 };
    expect(quoteTaoForAlpha(cheap, rao(900n * T)).alphaSlippage).toBeGreaterThan(0n);
  });
});
