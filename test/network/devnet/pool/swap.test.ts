import { describe, expect, it } from 'vitest';
import { alpha, rao } from '#protocol/units.ts';
import { openPool, type Pool, priceRao } from '#network/devnet/pool/pool.ts';
import { swapAlphaForTao, swapTaoForAlpha, type SwapOptions } from '#network/devnet/pool/swap.ts';

/**
 * Expected values from a Python script of our own with 80 decimal digits (module decimal), straight from the formulas; with
 * y TAO, x alpha and everything but the power rounded down:
 *
 *   fee = amount * 33 / 65535;  dy = amount - fee;  dx = x * (1 - (y / (y + dy)) ** (w2 / w1));  p = w1 * y / (w2 * x)
 *   at a limit:  dy = y * ((limit / p) ** w1 - 1);  fee = dy * 33 / (65535 - 33)   (selling: x, w2, and p / limit)
 */
const T = 1_000_000_000n;
const even = openPool(rao(1_000n * T), alpha(4_000n * T));
const tilted: Pool = {
  tao: rao(12_345_678_901_234n),
  alpha: alpha(98_765_432_109_876n),
  quoteWeight: 250_000_000_000_000_000n,
  feeRate: 33,
};
const heavy: Pool = {
  tao: rao(5_000_000_000_000_000n),
  alpha: alpha(700_000_000_000_000n),
  quoteWeight: 612_345_678_901_234_567n,
  feeRate: 33,
};

interface Case {
  readonly pool: Pool;
  readonly amount: bigint;
  readonly paidIn: bigint;
  readonly fee: bigint;
  readonly paidOut: bigint;
  readonly limit?: bigint;
}

const trade = (pool: Pool, amount: bigint, paidIn: bigint, fee: bigint, paidOut: bigint, limit?: bigint): Case => ({
  pool,
  amount,
  paidIn,
  fee,
  paidOut,
  ...(limit === undefined ? {} : { limit }),
});

const buys: readonly Case[] = [
  trade(even, 10_000_000_007n, 9_994_964_530n, 5_035_477n, 39_584_215_292n),
  trade(even, 333_333_333_333n, 333_165_484_093n, 167_849_240n, 999_622_291_660n),
  trade(even, 333_333_333_333n, 4_987_562_112n, 2_512_740n, 19_851_239_159n, 252_500_000n),
  trade(tilted, 10_000_000_007n, 9_994_964_530n, 5_035_477n, 26_638_862_539n),
  trade(tilted, 4_115_226_300_411n, 4_113_154_087_580n, 2_072_212_831n, 9_027_316_059_777n),
  trade(tilted, 4_115_226_300_411n, 92_477_292_434n, 46_590_190n, 245_381_750_516n, 378_749_995n),
  trade(heavy, 10_000_000_007n, 9_994_964_530n, 5_035_477n, 2_210_345_691n),
  trade(heavy, 1_666_666_666_666_666n, 1_665_827_420_462_348n, 839_246_204_318n, 255_543_819_414_817n),
  trade(heavy, 1_666_666_666_666_666n, 19_323_688_292_291n, 9_735_301_420n, 4_252_162_008_435n, 4_567_108_297n),
];

const sales: readonly Case[] = [
  trade(even, 10_000_000_007n, 9_994_964_530n, 5_035_477n, 2_492_512_987n),
  trade(even, 333_333_333_333n, 333_165_484_093n, 167_849_240n, 76_887_320_670n),
  trade(even, 1_333_333_333_333n, 20_151_261_036n, 10_152_233n, 5_012_562_893n, 247_500_000n),
  trade(tilted, 10_000_000_007n, 9_994_964_530n, 5_035_477n, 3_747_353_182n),
  trade(tilted, 4_115_226_300_411n, 4_113_154_087_580n, 2_072_212_831n, 1_422_352_284_279n),
  trade(tilted, 32_921_810_703_292n, 248_468_500_208n, 125_178_780n, 92_708_832_754n, 371_249_996n),
  trade(heavy, 10_000_000_007n, 9_994_964_530n, 5_035_477n, 45_195_597_262n),
  trade(heavy, 1_666_666_666_666_666n, 1_665_827_420_462_348n, 839_246_204_318n, 2_687_127_649_945_801n),
  trade(heavy, 233_333_333_333_333n, 4_321_279_450_961n, 2_177_066_683n, 19_442_382_146_651n, 4_476_670_508n),
];

const optionsOf = (limitPriceRao: bigint | undefined): SwapOptions =>
  limitPriceRao === undefined ? {} : { limitPriceRao };

const buyReason = (pool: Pool, amount: bigint, options?: SwapOptions): string => {
  const outcome = swapTaoForAlpha(pool, rao(amount), options);
  return outcome.kind === 'refused' ? outcome.reason : outcome.kind;
};

const sellReason = (pool: Pool, amount: bigint, options?: SwapOptions): string => {
  const outcome = swapAlphaForTao(pool, alpha(amount), options);
  return outcome.kind === 'refused' ? outcome.reason : outcome.kind;
};

describe('swapTaoForAlpha', () => {
  it.each(buys)('pays as the formulas say (%#)', ({ pool, amount, paidIn, fee, paidOut, limit }) => {
    expect(swapTaoForAlpha(pool, rao(amount), optionsOf(limit))).toEqual({
      kind: 'swapped',
      pool: { ...pool, tao: pool.tao + paidIn, alpha: pool.alpha - paidOut },
      paidIn,
      fee,
      paidOut,
    });
  });

  it('ends at the limit, so that the average is better than it', () => {
    const outcome = swapTaoForAlpha(even, rao(900n * T), { limitPriceRao: 300_000_000n });
    if (outcome.kind === 'refused') throw new Error(outcome.reason);
    expect(priceRao(outcome.pool)).toBe(299_999_999n);
    expect(outcome.paidIn * 1_000_000_000n).toBeLessThan(outcome.paidOut * 280_000_000n);
  });
});

describe('swapAlphaForTao', () => {
  it.each(sales)('pays as the formulas say (%#)', ({ pool, amount, paidIn, fee, paidOut, limit }) => {
    expect(swapAlphaForTao(pool, alpha(amount), optionsOf(limit))).toEqual({
      kind: 'swapped',
      pool: { ...pool, alpha: pool.alpha + paidIn, tao: pool.tao - paidOut },
      paidIn,
      fee,
      paidOut,
    });
  });
});

/** Names and bounds: pallets/swap/src/pallet/impls.rs; the constants: runtime/src/lib.rs, commit 14bc6f9f. */
describe('a swap is refused', () => {
  it('when the price is at or beyond the limit already', () => {
    expect(buyReason(even, T, { limitPriceRao: 250_000_000n })).toBe('PriceLimitExceeded');
    expect(buyReason(even, T, { limitPriceRao: 250_000_001n })).toBe('swapped');
    expect(sellReason(even, T, { limitPriceRao: 250_000_000n })).toBe('PriceLimitExceeded');
    expect(sellReason(even, T, { limitPriceRao: 249_999_999n })).toBe('swapped');
  });

  it('when the limit comes first and it is all or nothing', () => {
    const options = { limitPriceRao: 252_500_000n, allowPartial: false };
    expect(buyReason(even, 4_900_000_000n, options)).toBe('swapped');
    expect(buyReason(even, 5_100_000_000n, options)).toBe('SlippageTooHigh');
    expect(sellReason(even, 400n * T, { limitPriceRao: 249_000_000n, allowPartial: false })).toBe('SlippageTooHigh');
  });

  it('when more than 1000 times the reserve is paid in, or more than the pool can count', () => {
    const options = { withoutFee: true };
    const small = openPool(rao(1_000_000n), alpha(1_000_000n));
    expect(buyReason(small, 1_000_000_000n, options)).toBe('swapped');
    expect(buyReason(small, 1_000_000_001n, options)).toBe('SwapInputTooLarge');
    expect(sellReason(small, 1_000_000_001n, options)).toBe('SwapInputTooLarge');
    expect(buyReason(heavy, (1n << 64n) - 1n, options)).toBe('SwapInputTooLarge');
  });

  it('when the pool holds hardly anything of what it should pay', () => {
    expect(buyReason(openPool(rao(T), alpha(999_999n)), T)).toBe('ReservesTooLow');
    expect(sellReason(openPool(rao(999_999n), alpha(T)), T)).toBe('ReservesTooLow');
    expect(buyReason(openPool(rao(0), alpha(T)), T)).toBe('SwapInputTooLarge');
    expect(buyReason(openPool(rao(0), alpha(0)), 0n)).toBe('ReservesTooLow');
  });

  it('when nothing would be paid', () => {
    expect(buyReason(even, 0n)).toBe('AmountTooLow');
    expect(sellReason(even, 3n)).toBe('AmountTooLow');
    expect(sellReason(even, 5n, { withoutFee: true })).toBe('swapped');
  });

  it('when it has no limit of its own, at the chain’s 1000 rao for one alpha', () => {
    const worthless = openPool(rao(1_000_000n), alpha(T * 1_000n));
    expect(sellReason(worthless, T)).toBe('PriceLimitExceeded');
  });
});

describe('the fee', () => {
  it('is rounded down twice, as on the chain: 33 ÷ 65535 of 65,535 is 32', () => {
    const outcome = swapTaoForAlpha(even, rao(65_535n));
    expect(outcome).toMatchObject({ fee: 32n, paidIn: 65_503n });
  });

  it('is nothing for the chain’s own trades', () => {
    expect(swapAlphaForTao(even, alpha(T), { withoutFee: true })).toMatchObject({ fee: 0n, paidIn: T });
  });
});
