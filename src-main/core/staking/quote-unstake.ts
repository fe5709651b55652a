import { type Alpha, rao } from '#protocol/units.ts';
import { exactAlpha, formatPercent, limitToSell, partsPerMillion, worthOf } from './amounts.ts';
import { MINIMUM_STAKE_RAO, type PositionFacts, type UnstakeFacts } from './facts.ts';
import { type AlphaOrAll, EVERYTHING, type UnstakeOrder } from './orders.ts';
import type { Quote, QuoteTerms } from './quote.ts';
import {
  checkAddress,
  checkHotkey,
  checkMarket,
  checkSwap,
  checkTerms,
  comparePrice,
  firstRefusal,
  isPartial,
  priceAfter,
  warnOfFee,
  warnOfLoss,
} from './quote-checks.ts';
import { beyondLimit, quoteFailed } from './quote-stake.ts';
import { type OrderRefusal, refuse, tao } from './refusals.ts';

/** What unstaking would give; each alpha that goes into the pool brings at least the limit. */
export function quoteUnstake(order: UnstakeOrder, facts: UnstakeFacts, terms: QuoteTerms): Quote | OrderRefusal {
  const { netuid } = order;
  const { account, market, position, trial } = facts;
  const amount = alphaOf(order.amount, position);
  const refusal = firstRefusal(
    () => checkAddress(order.hotkey, 'a hotkey'),
    () => checkSwap(account),
    () => checkMarket(netuid, market),
    () => checkHotkey(facts.isHotkeyKnown),
    () => checkPosition(amount, position, netuid),
  );
  if (refusal !== null) return refusal;
  if (trial === null || isPartial(amount, trial.alphaIn + trial.fee)) return quoteFailed(netuid);
  // All of it may be less than the least.
  if (amount < position.staked && trial.taoOut < MINIMUM_STAKE_RAO) {
    const least = tao(rao(MINIMUM_STAKE_RAO));
    return refuse(
      'too-little',
      `The chain pays out at least ${least} unless it is all. Choose a larger amount, or all.`,
    );
  }

  const slippagePpm = partsPerMillion(trial.missing, trial.missing + trial.taoOut);
  const wrongTerms = checkTerms(terms, slippagePpm);
  if (wrongTerms !== null) return wrongTerms;
  const limit = limitToSell(market.price, terms.tolerancePpm);
  const change = { tao: 0n - trial.taoOut, alpha: trial.alphaIn };
  const after = market.pool === null ? market.price : priceAfter(market.pool, change);
  if (market.pool !== null && comparePrice(market.pool, change, limit) < 0) {
    const moved = formatPercent(partsPerMillion(market.price - after, market.price));
    return beyondLimit(`would lower the price by ${moved}`, terms);
  }
  return {
    kind: 'quote',
    block: account.block,
    pays: { unit: 'alpha', netuid, amount },
    receives: { unit: 'tao', amount: trial.taoOut },
    leastReceived: { unit: 'tao', amount: worthOf(trial.alphaIn, limit) },
    prices: [{ netuid, before: market.price, after }],
    limit: { kind: 'price', price: limit },
    tolerancePpm: terms.tolerancePpm,
    swapFee: { unit: 'alpha', netuid, amount: trial.fee },
    transactionFee: account.transactionFee,
    slippagePpm,
    warnings: [...warnOfLoss(terms, slippagePpm), ...warnOfFee(account)],
    notes: [],
  };
}

export const alphaOf = (amount: AlphaOrAll, { staked }: PositionFacts): Alpha =>
  amount === EVERYTHING ? staked : amount;

/** Alpha that leaves its place. */
export function checkPosition(
  amount: Alpha,
  { staked, available }: PositionFacts,
  netuid: number,
): OrderRefusal | null {
  if (staked === 0n) return refuse('nothing', `Nothing is staked with this hotkey in subnet ${netuid}.`);
  if (amount === 0n) return refuse('nothing', 'The amount is zero.');
  if (amount > staked) {
    return refuse('too-much', `${exactAlpha(staked)} alpha of subnet ${netuid} are staked there, not more.`);
  }
  return amount <= available
    ? null
    : refuse(
        'locked',
        `Part of this stake is locked: ${exactAlpha(available)} alpha of subnet ${netuid} can leave. Choose at most that.`,
      );
}
