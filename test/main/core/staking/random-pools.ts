import { weighedFor, withReserves } from '#network/devnet/pool/liquidity.ts';
import { openPool, type Pool, priceRao } from '#network/devnet/pool/pool.ts';
import { swapAlphaForTao, swapTaoForAlpha } from '#network/devnet/pool/swap.ts';
import { alpha, rao } from '#protocol/units.ts';
import { price } from '#main/core/staking/amounts.ts';
import type { MarketFacts } from '#main/core/staking/facts.ts';
import type { QuoteTerms } from '#main/core/staking/quote.ts';

/** Xorshift with 32 bits: the same numbers in each run. */
let seed = 0x9e3779b9;
function random(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 2 ** 32;
}
/** Evenly over the orders of magnitude. */
export const between = (least: number, most: number): bigint => BigInt(Math.floor(least * (most / least) ** random()));

/** Some pool; every fourth has weights of its own, by liquidity that came at one side. */
export function randomPool(n: number): Pool {
  const pool = openPool(
    rao(between(1e10, 1e16)),
    alpha(between(1e10, 1e16)),
    n % 3 === 0 ? 0 : Number(between(1, 10_000)),
  );
  if (n % 4 !== 0) return pool;
  const [tao, more] = [rao(between(1, 1e15)), alpha(between(1, 1e15))];
  const weighed = weighedFor(pool, tao, more);
  return weighed === undefined ? pool : withReserves(weighed, tao, more);
}

export const marketOf = (pool: Pool): MarketFacts => ({
  ...{ exists: true, isTrading: true, price: price(priceRao(pool)), pool },
});
export const terms = (): QuoteTerms => ({ tolerancePpm: Number(between(100, 1_000_000)), isTyped: true });

/** What somebody else does before the block. */
export function movedBy(pool: Pool): Pool {
  const way = random();
  if (way < 0.3) return pool;
  const part = random() * 0.02;
  const moved =
    way < 0.65
      ? swapTaoForAlpha(pool, rao(BigInt(Math.floor(Number(pool.tao) * part))))
      : swapAlphaForTao(pool, alpha(BigInt(Math.floor(Number(pool.alpha) * part))));
  return moved.kind === 'swapped' ? moved.pool : pool;
}
