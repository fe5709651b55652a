import { describe, expect, it } from 'vitest';
import { baseWeight, type Pool } from '#network/devnet/pool/pool.ts';
import { NO_QUOTE, quoteAlphaForTao, quoteTaoForAlpha } from '#network/devnet/pool/quote.ts';
import { swapAlphaForTao, swapTaoForAlpha } from '#network/devnet/pool/swap.ts';
import { addressOf } from '#protocol/keys.ts';
import { type Alpha, alpha, type Rao, rao } from '#protocol/units.ts';
import { type Price, price } from '#main/core/staking/amounts.ts';
import type { AccountFacts } from '#main/core/staking/facts.ts';
import { type Quote, quoteOrder, type QuoteTerms } from '#main/core/staking/quote.ts';
import { between, marketOf, movedBy, randomPool, terms } from './random-pools.ts';

/** Quotes of both directions together. */
const QUOTES = 100_000;
const hotkey = addressOf(new Uint8Array(32).fill(7));
const account: AccountFacts = {
  ...{ block: 1, free: rao((1n << 64n) - 1n), transactionFee: rao(1_000), existentialDeposit: rao(500), swap: null },
};

function quoteStaking(pool: Pool, amount: Rao, how: QuoteTerms) {
  const found = quoteTaoForAlpha(pool, amount);
  const { taoAmount: taoIn, taoFee: fee, alphaAmount: alphaOut, alphaSlippage: missing } = found;
  const trial = found === NO_QUOTE ? null : { taoIn, fee, alphaOut, missing };
  const facts = { kind: 'stake', account, market: marketOf(pool), isHotkeyKnown: true, trial } as const;
  return quoteOrder({ kind: 'stake', hotkey, netuid: 1, amount }, facts, how);
}

function quoteUnstaking(pool: Pool, amount: Alpha, how: QuoteTerms) {
  const found = quoteAlphaForTao(pool, amount);
  const { alphaAmount: alphaIn, alphaFee: fee, taoAmount: taoOut, taoSlippage: missing } = found;
  const trial = found === NO_QUOTE ? null : { alphaIn, fee, taoOut, missing };
  const position = { staked: amount, available: amount };
  const facts = { kind: 'unstake', account, market: marketOf(pool), isHotkeyKnown: true, position, trial } as const;
  return quoteOrder({ kind: 'unstake', hotkey, netuid: 1, amount }, facts, how);
}

const limitOf = ({ limit }: Quote): Price => (limit?.kind === 'price' ? limit.price : price(0n));
/** What a quote promises, and what then comes, in the same unit. */
const promised = ({ leastReceived, receives }: Quote) => ({
  least: leastReceived?.amount ?? 0n,
  expected: receives?.amount ?? 0n,
});

describe('10^5 quotes on random pools', () => {
  it('bound what the chain then gives when staking, and the price never passes the limit', () => {
    const seen = { quoted: 0, done: 0, refused: 0, same: 0 };
    for (let n = 0; n < QUOTES / 2; n += 1) {
      const pool = randomPool(n);
      const amount = rao(between(1e6, Number(pool.tao) * 2));
      const quote = quoteStaking(pool, amount, terms());
      if (quote.kind === 'refused') continue;
      seen.quoted += 1;
      const limit = limitOf(quote);
      const now = movedBy(pool);
      const done = swapTaoForAlpha(now, amount, { limitPriceRao: limit, allowPartial: false });
      if (done.kind === 'refused') {
        seen.refused += 1;
        // Nobody moved it: then the quote has to hold.
        if (now === pool) throw new Error(`quoted, but refused: ${done.reason}`);
        continue;
      }
      seen.done += 1;
      const { least, expected } = promised(quote);
      if (now === pool) seen.same += 1;
      const isKept =
        done.paidOut >= least &&
        (now !== pool || done.paidOut === expected) &&
        baseWeight(done.pool) * done.pool.tao * 1_000_000_000n <= limit * done.pool.quoteWeight * done.pool.alpha &&
        done.paidIn + done.fee <= amount;
      if (!isKept) throw new Error(`not kept at ${n}: ${String(done.paidOut)} of ${String(least)}`);
    }
    expect(seen.quoted).toBeGreaterThan(QUOTES / 10);
    for (const often of [seen.done, seen.refused, seen.same]) expect(often).toBeGreaterThan(1_000);
  }, 120_000);

  it('bound what the chain then gives when unstaking', () => {
    const seen = { quoted: 0, done: 0, refused: 0, same: 0 };
    for (let n = 0; n < QUOTES / 2; n += 1) {
      const pool = randomPool(n);
      const amount = alpha(between(1e6, Number(pool.alpha) * 2));
      const quote = quoteUnstaking(pool, amount, terms());
      if (quote.kind === 'refused') continue;
      seen.quoted += 1;
      const limit = limitOf(quote);
      const now = movedBy(pool);
      const done = swapAlphaForTao(now, amount, { limitPriceRao: limit === 0n ? 1n : limit, allowPartial: false });
      if (done.kind === 'refused') {
        seen.refused += 1;
        if (now === pool) throw new Error(`quoted, but refused: ${done.reason}`);
        continue;
      }
      seen.done += 1;
      const { least, expected } = promised(quote);
      if (now === pool) seen.same += 1;
      const isKept =
        done.paidOut >= least &&
        (now !== pool || done.paidOut === expected) &&
        baseWeight(done.pool) * done.pool.tao * 1_000_000_000n >= limit * done.pool.quoteWeight * done.pool.alpha &&
        done.paidIn + done.fee <= amount;
      if (!isKept) throw new Error(`not kept at ${n}: ${String(done.paidOut)} of ${String(least)}`);
    }
    expect(seen.quoted).toBeGreaterThan(QUOTES / 10);
    for (const often of [seen.done, seen.refused, seen.same]) expect(often).toBeGreaterThan(1_000);
  }, 120_000);
});
