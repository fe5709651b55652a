import { describe, expect, it } from 'vitest';
import { alpha, rao } from '#protocol/units.ts';
import { weighedFor, withReserves } from '#network/devnet/pool/liquidity.ts';
import { openPool, type Pool, priceBits, WEIGHT_ONE } from '#network/devnet/pool/pool.ts';

const even = openPool(rao(1_000_000_000_000n), alpha(4_000_000_000_000n));

const added = (pool: Pool, tao: bigint, amount: bigint): Pool | undefined => {
  const weighed = weighedFor(pool, rao(tao), alpha(amount));
  return weighed && withReserves(weighed, rao(tao), alpha(amount));
};

describe('weighedFor', () => {
  /** The pairs are those of pallets/swap/src/pallet/tests.rs (test_adjust_protocol_liquidity_happy), commit 14bc6f9f. */
  it('keeps the price to twelve digits, whatever comes in', () => {
    const amounts = [
      0n,
      1n,
      10n,
      100n,
      1_234_567n,
      1_000_000_000n,
      2_432_765_890n,
      1_000_000_000_000n,
      2_000_000_000_000n,
    ];
    const before = priceBits(even);
    for (const tao of amounts) {
      for (const amount of amounts) {
        const pool = added(even, tao, amount);
        if (pool === undefined) throw new Error('refused');
        const change = priceBits(pool) - before;
        expect((change < 0n ? -change : change) * 10n ** 12n).toBeLessThanOrEqual(before);
      }
    }
  });

  /** Python: w2 * x * (y + dy) / (w1 * y * (x + dx) + w2 * x * (y + dy)), with 80 digits. */
  it('finds the weight of the formula', () => {
    expect(weighedFor(even, rao(10_000_000_000n), alpha(0))?.quoteWeight).toBe(502_487_562_189_054_726n);
    const tilted: Pool = {
      tao: rao(12_345_678_901_234n),
      alpha: alpha(98_765_432_109_876n),
      quoteWeight: WEIGHT_ONE / 4n,
      feeRate: 33,
    };
    expect(weighedFor(tilted, rao(10n ** 12n), alpha(3n * 10n ** 12n))?.quoteWeight).toBe(259_100_578_372_597_776n);
  });

  it('starts anew with one half while a reserve is empty', () => {
    const empty: Pool = { ...even, alpha: alpha(0), quoteWeight: WEIGHT_ONE / 4n };
    expect(weighedFor(empty, rao(0), alpha(0))?.quoteWeight).toBe(WEIGHT_ONE / 2n);
    expect(weighedFor({ ...even, tao: rao(0), alpha: alpha(0) }, rao(5), alpha(9))?.quoteWeight).toBe(WEIGHT_ONE / 2n);
  });

  it('refuses what would push a weight below one hundredth', () => {
    expect(added(even, 99_000_000_000_000n, 0n)).toBeUndefined();
    expect(added(even, 97_000_000_000_000n, 0n)).toBeDefined();
    expect(added(even, 0n, 396_000_000_000_000n)).toBeUndefined();
  });
});
