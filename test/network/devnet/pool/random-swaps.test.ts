import { describe, expect, it } from 'vitest';
import { uint32Bytes } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { alpha, rao } from '#protocol/units.ts';
import { baseWeight, openPool, type Pool, WEIGHT_ONE } from '#network/devnet/pool/pool.ts';
import { quoteAlphaForTao, quoteTaoForAlpha } from '#network/devnet/pool/quote.ts';
import { swapAlphaForTao, type SwapOptions, swapTaoForAlpha } from '#network/devnet/pool/swap.ts';

const T = 1_000_000_000n;
const even = openPool(rao(50_000n * T), alpha(900_000n * T));
/** A weight of ¼ for TAO: then alpha³ × tao is what never falls. */
const quarter: Pool = { ...even, quoteWeight: WEIGHT_ONE / 4n };

const product = (pool: Pool): bigint => pool.tao * pool.alpha ** (pool.quoteWeight === WEIGHT_ONE / 4n ? 3n : 1n);

/** Exact: p ≤ limit ÷ 1e9, and ≥. */
const priceAtMost = (pool: Pool, limit: bigint): boolean =>
  baseWeight(pool) * pool.tao * T <= limit * pool.quoteWeight * pool.alpha;
const priceAtLeast = (pool: Pool, limit: bigint): boolean =>
  baseWeight(pool) * pool.tao * T >= limit * pool.quoteWeight * pool.alpha;

/** From a few rao to a good part of a reserve, every size alike. */
const randomAmount = (random: RandomStream, reserve: bigint): bigint =>
  (reserve * BigInt(1 + random.nextBelow(1_000))) / 2_000n / 10n ** BigInt(random.nextBelow(13));

/** Around the current price, on both sides. */
const randomLimit = (random: RandomStream, pool: Pool): bigint => {
  const price = (baseWeight(pool) * pool.tao * T) / (pool.quoteWeight * pool.alpha);
  return 1n + (price * BigInt(900_000 + random.nextBelow(200_000))) / 1_000_000n;
};

function trade(pool: Pool, random: RandomStream, counts: Map<string, number>): Pool {
  const buys = random.nextBelow(2) === 0;
  const limitPriceRao = random.nextBelow(2) === 0 ? undefined : randomLimit(random, pool);
  const options: SwapOptions =
    limitPriceRao === undefined ? {} : { limitPriceRao, allowPartial: random.nextBelow(4) > 0 };
  const amount = randomAmount(random, buys ? pool.tao : pool.alpha);
  const outcome = buys ? swapTaoForAlpha(pool, rao(amount), options) : swapAlphaForTao(pool, alpha(amount), options);

  const word = outcome.kind === 'refused' ? outcome.reason : limitPriceRao === undefined ? 'unlimited' : 'limited';
  counts.set(word, (counts.get(word) ?? 0) + 1);
  if (outcome.kind === 'refused') return pool;

  const { pool: next, paidIn, fee, paidOut } = outcome;
  if (next.tao + next.alpha !== pool.tao + pool.alpha + (paidIn as bigint) - paidOut) throw new Error('not conserved');
  if (paidIn + fee > amount) throw new Error(`paid ${paidIn + fee} of ${amount}`);
  if (product(next) < product(pool)) throw new Error(`the product fell after ${amount}`);
  if (limitPriceRao === undefined) {
    const quote = buys ? quoteTaoForAlpha(pool, rao(amount)) : quoteAlphaForTao(pool, alpha(amount));
    const quoted = buys
      ? [quote.taoAmount, quote.taoFee, quote.alphaAmount, quote.alphaFee]
      : [quote.alphaAmount, quote.alphaFee, quote.taoAmount, quote.taoFee];
    if (quoted.join() !== [paidIn, fee, paidOut, 0n].join()) throw new Error(`${quoted.join()} was quoted`);
  } else {
    const kept = buys ? priceAtMost(next, limitPriceRao) : priceAtLeast(next, limitPriceRao);
    if (!kept) throw new Error(`beyond the limit of ${limitPriceRao}`);
    if (options.allowPartial === false && paidIn + fee !== amount) throw new Error('a part was traded');
  }
  return next;
}

describe('a pool', () => {
  it.each([
    { name: 'of equal weights', pool: even, swaps: 80_000 },
    { name: 'of weights ¾ and ¼', pool: quarter, swaps: 20_000 },
  ])('$name keeps its word and its product in $swaps random swaps', ({ pool: start, swaps }) => {
    const random = randomStream(uint32Bytes(swaps));
    const counts = new Map<string, number>();
    let pool = start;
    // back to the start now and then, lest it wander to where it only refuses
    for (let index = 0; index < swaps; index += 1) pool = trade(index % 50 === 0 ? start : pool, random, counts);
    for (const word of ['unlimited', 'limited', 'PriceLimitExceeded', 'SlippageTooHigh', 'AmountTooLow']) {
      expect(counts.get(word) ?? 0, word).toBeGreaterThan(swaps / 1_000);
    }
  });

  it('lets nobody gain by buying and selling again, nor by selling and buying', () => {
    const random = randomStream(uint32Bytes(3));
    for (const pool of [even, quarter, { ...even, quoteWeight: 612_345_678_901_234_567n }]) {
      for (let round = 0; round < 1_000; round += 1) {
        const tao = randomAmount(random, pool.tao);
        const bought = swapTaoForAlpha(pool, rao(tao), { withoutFee: true });
        if (bought.kind === 'swapped') {
          const back = swapAlphaForTao(bought.pool, bought.paidOut, { withoutFee: true });
          if (back.kind === 'swapped') expect(back.paidOut).toBeLessThanOrEqual(tao);
        }
        const sold = swapAlphaForTao(pool, alpha(tao), { withoutFee: true });
        if (sold.kind === 'swapped') {
          const back = swapTaoForAlpha(sold.pool, sold.paidOut, { withoutFee: true });
          if (back.kind === 'swapped') expect(back.paidOut).toBeLessThanOrEqual(tao);
        }
      }
    }
  });

  it('pays no more for an order in parts than for the whole', () => {
    for (const pool of [even, quarter]) {
      const whole = swapTaoForAlpha(pool, rao(1_000n * T), { withoutFee: true });
      let [rest, parts] = [pool, 0n];
      for (let index = 0; index < 100; index += 1) {
        const part = swapTaoForAlpha(rest, rao(10n * T), { withoutFee: true });
        if (part.kind === 'refused') throw new Error(part.reason);
        [rest, parts] = [part.pool, parts + part.paidOut];
      }
      if (whole.kind === 'refused') throw new Error(whole.reason);
      expect(parts).toBeLessThanOrEqual(whole.paidOut);
      expect(parts).toBeGreaterThan(whole.paidOut - 200n);
    }
  });
});
