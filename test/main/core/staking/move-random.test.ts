import { expect, it } from 'vitest';
import { mostMovable } from '#network/devnet/pallets/subtensor/most-movable.ts';
import {
  networksAdded,
  subnetAlphaIn,
  subnetMechanism,
  subnetTao,
} from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { feeRate, swapBalancer } from '#network/devnet/pallets/swap/swap-storage.ts';
import { baseWeight, type Pool } from '#network/devnet/pool/pool.ts';
import { quoteAlphaForTao, quoteTaoForAlpha } from '#network/devnet/pool/quote.ts';
import { swapAlphaForTao, swapTaoForAlpha } from '#network/devnet/pool/swap.ts';
import { DispatchFailure } from '#network/devnet/runtime/call-context.ts';
import { addressOf } from '#protocol/keys.ts';
import { type Alpha, alpha, type Rao, rao } from '#protocol/units.ts';
import { price } from '#main/core/staking/amounts.ts';
import type { BuyTrial, MarketFacts, MoveFacts, SellTrial } from '#main/core/staking/facts.ts';
import { quoteOrder } from '#main/core/staking/quote.ts';
import { emptyState } from '../../../support/devnet-calls.ts';
import { between, marketOf, movedBy, randomPool, terms } from './random-pools.ts';

const QUOTES = 60_000;
const UNITS = 1_000_000_000n;
const hotkey = addressOf(new Uint8Array(32).fill(7));
const account = {
  ...{ block: 1, free: rao(1n << 60n), transactionFee: rao(1_000), existentialDeposit: rao(500), swap: null },
};
/** `null`: root, where alpha is TAO. */
type Side = Pool | null;
const ROOT: MarketFacts = { exists: true, isTrading: true, price: price(UNITS), pool: null };
const factsOf = (side: Side): MarketFacts => (side === null ? ROOT : marketOf(side));

function trySelling(side: Side, amount: Alpha): SellTrial | null {
  if (side === null) return { alphaIn: amount, fee: alpha(0), taoOut: rao(amount), missing: rao(0) };
  const { alphaAmount, alphaFee, taoAmount, taoSlippage } = quoteAlphaForTao(side, amount);
  if (taoAmount === 0n) return null;
  return { alphaIn: alphaAmount, fee: alphaFee, taoOut: taoAmount, missing: taoSlippage };
}

function tryBuying(side: Side, amount: Rao): BuyTrial | null {
  if (side === null) return { taoIn: amount, fee: rao(0), alphaOut: alpha(amount), missing: alpha(0) };
  const { taoAmount, taoFee, alphaAmount, alphaSlippage } = quoteTaoForAlpha(side, amount);
  if (alphaAmount === 0n) return null;
  return { taoIn: taoAmount, fee: taoFee, alphaOut: alphaAmount, missing: alphaSlippage };
}

function quoteMoving(from: Side, to: Side, amount: Alpha) {
  const sale = trySelling(from, amount);
  const withFee = sale === null ? null : tryBuying(to, sale.taoOut);
  // As read-facts.ts asks the chain: a fee is taken once.
  const again =
    withFee === null || sale === null || from === null ? withFee : tryBuying(to, rao(sale.taoOut + withFee.fee));
  const facts: MoveFacts = {
    ...{ kind: 'move', account, origin: factsOf(from), destination: factsOf(to), areHotkeysKnown: true },
    ...{ mayBeGiven: true, position: { staked: amount, available: amount }, sale, purchase: again },
  };
  const netuids = [from === null ? 0 : 1, to === null ? 0 : 2] as const;
  const [there, here] = [
    { hotkey, netuid: netuids[0] },
    { hotkey, netuid: netuids[1] },
  ];
  return quoteOrder({ kind: 'move', from: there, to: here, amount }, facts, terms());
}

/** What the chain does, as its own pallet bounds it. @returns what arrives; `null` when it refuses */
function move(from: Side, to: Side, amount: Alpha, limit: bigint): bigint | null {
  const state = emptyState();
  for (const [netuid, pool] of [
    [1, from],
    [2, to],
  ] as const) {
    if (pool === null) continue;
    state.set(networksAdded, netuid, true);
    state.set(subnetMechanism, netuid, 1);
    state.set(subnetTao, netuid, pool.tao);
    state.set(subnetAlphaIn, netuid, pool.alpha);
    state.set(swapBalancer, netuid, { quote: pool.quoteWeight });
    state.set(feeRate, netuid, pool.feeRate);
  }
  try {
    if (amount > mostMovable(state, from === null ? 0 : 1, to === null ? 0 : 2, limit)) return null;
  } catch (error) {
    if (error instanceof DispatchFailure) return null;
    throw error;
  }
  const sold = from === null ? null : swapAlphaForTao(from, amount);
  if (sold?.kind === 'refused') throw new Error(sold.reason);
  const tao = sold === null ? rao(amount) : sold.paidOut;
  const bought = to === null ? null : swapTaoForAlpha(to, tao, { withoutFee: from !== null });
  if (bought?.kind === 'refused') throw new Error(bought.reason);
  return bought === null ? tao : bought.paidOut;
}

/** Whether one alpha brings less than the limit before anything is sold, by the weighted prices. */
const isBelow = (from: Side, to: Side, limit: bigint): boolean => {
  const [a, b] = [from, to].map((pool) =>
    pool === null ? ([1n, 1n] as const) : ([baseWeight(pool) * pool.tao, pool.quoteWeight * pool.alpha] as const),
  );
  return a![0] * b![1] * UNITS < limit * a![1] * b![0];
};

/** The chain is asked for both halves, of which the second has a fee that is put on top, but for the fee of that, and rounded. */
const estimateError = (from: Side, to: Side, arrived: bigint): number =>
  (from === null || to === null ? 0 : 1.1 * (to.feeRate / 65_535) ** 2) + 1e-5 + 2 / Number(arrived);

it('quotes of swaps between random pools, and from and to root, bound what the chain then gives', () => {
  const seen = { quoted: 0, beyond: 0, done: 0, refused: 0, same: 0, weighed: 0, root: 0 };
  for (let n = 0; n < QUOTES; n += 1) {
    const from = n % 5 === 1 ? null : randomPool(n);
    const to = n % 5 === 2 ? null : randomPool(n + 1);
    const amount = alpha(between(1e7, Number(from === null ? 1e15 : from.alpha) * 2));
    const quote = quoteMoving(from, to, amount);
    if (quote.kind === 'refused') {
      if (quote.reason === 'beyond-limit') seen.beyond += 1;
      continue;
    }
    seen.quoted += 1;
    if (quote.limit?.kind !== 'ratio') throw new Error(`no limit at ${n}`);
    const { ratio } = quote.limit;
    const [then, there] = [from === null ? null : movedBy(from), to === null ? null : movedBy(to)];
    const isSame = then === from && there === to;
    const arrived = move(then, there, amount, ratio);
    if (arrived === null) {
      seen.refused += 1;
      // Nobody moved it: then the quote has to hold.
      if (isSame) throw new Error(`quoted, but refused at ${n}`);
      continue;
    }
    seen.done += 1;
    if (isSame) seen.same += 1;
    if (from === null || to === null) seen.root += 1;
    else if (from.quoteWeight !== baseWeight(from) || to.quoteWeight !== baseWeight(to)) seen.weighed += 1;
    const { leastReceived, receives } = quote;
    const isKept =
      arrived >= leastReceived!.amount &&
      !isBelow(then, there, ratio) &&
      (!isSame || Math.abs(Number(arrived) / Number(receives!.amount) - 1) <= estimateError(from, to, arrived));
    if (!isKept) throw new Error(`not kept at ${n}: ${String(arrived)} of ${String(leastReceived!.amount)}`);
  }
  expect(seen.quoted).toBeGreaterThan(QUOTES / 10);
  for (const often of Object.values(seen)) expect(often).toBeGreaterThan(500);
}, 120_000);
