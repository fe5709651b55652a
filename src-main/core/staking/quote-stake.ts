import { alphaFor, formatPercent, limitToBuy, partsPerMillion } from './amounts.ts';
import { MINIMUM_STAKE_RAO, type StakeFacts } from './facts.ts';
import type { StakeOrder } from './orders.ts';
import type { Quote, QuoteTerms } from './quote.ts';
import {
  checkAddress,
  checkHotkey,
  checkMarket,
  checkSpending,
  checkSwap,
  checkTerms,
  comparePrice,
  firstRefusal,
  isPartial,
  priceAfter,
  warnOfLoss,
} from './quote-checks.ts';
import { type OrderRefusal, refuse, tao } from './refusals.ts';
import { rao } from '#protocol/units.ts';

const MINIMUM = rao(MINIMUM_STAKE_RAO);

/**
 * What staking would give. Since the limit bounds the last and highest price of the trade, each rao that goes into the pool buys
 * at least 1 ÷ limit.
 */
export function quoteStake(order: StakeOrder, facts: StakeFacts, terms: QuoteTerms): Quote | OrderRefusal {
  const { netuid, amount } = order;
  const { account, market, trial } = facts;
  const refusal = firstRefusal(
    () => checkAddress(order.hotkey, 'a hotkey'),
    () => checkSwap(account),
    () => (amount === 0n ? refuse('nothing', 'The amount is zero.') : null),
    () => checkMarket(netuid, market),
    () => checkHotkey(facts.isHotkeyKnown),
    () => (amount < MINIMUM ? tooLittle() : null),
    () => checkSpending(account, amount),
  );
  if (refusal !== null) return refusal;
  if (trial === null || isPartial(amount, trial.taoIn + trial.fee)) return quoteFailed(netuid);
  if (trial.taoIn < MINIMUM) return tooLittle();

  const slippagePpm = partsPerMillion(trial.missing, trial.missing + trial.alphaOut);
  const wrongTerms = checkTerms(terms, slippagePpm);
  if (wrongTerms !== null) return wrongTerms;
  const limit = limitToBuy(market.price, terms.tolerancePpm);
  const change = { tao: trial.taoIn, alpha: 0n - trial.alphaOut };
  const after = market.pool === null ? market.price : priceAfter(market.pool, change);
  if (market.pool !== null && comparePrice(market.pool, change, limit) > 0) {
    const moved = formatPercent(partsPerMillion(after - market.price, market.price));
    return beyondLimit(`would raise the price by ${moved}`, terms);
  }
  return {
    kind: 'quote',
    block: account.block,
    pays: { unit: 'tao', amount },
    receives: { unit: 'alpha', netuid, amount: trial.alphaOut },
    leastReceived: { unit: 'alpha', netuid, amount: alphaFor(trial.taoIn, limit) },
    prices: [{ netuid, before: market.price, after }],
    limit: { kind: 'price', price: limit },
    tolerancePpm: terms.tolerancePpm,
    swapFee: { unit: 'tao', amount: trial.fee },
    transactionFee: account.transactionFee,
    slippagePpm,
    warnings: warnOfLoss(terms, slippagePpm),
    notes: [],
  };
}

const tooLittle = (): OrderRefusal =>
  refuse('too-little', `The chain stakes at least ${tao(MINIMUM)}, and the swap fee on top. Choose a larger amount.`);

export const quoteFailed = (netuid: number): OrderRefusal =>
  refuse(
    'quote-failed',
    `The chain gives no quote for this in subnet ${netuid}: the amount is too small or too large for its pool.`,
  );

/** A refusal for which the chain would keep the fee. @param effect `would raise the price by 3 %` */
export const beyondLimit = (effect: string, { tolerancePpm }: QuoteTerms): OrderRefusal =>
  refuse(
    'beyond-limit',
    `This order alone ${effect}, beyond the tolerance of ${formatPercent(tolerancePpm)}: the chain would refuse it. Choose a smaller amount, or a higher tolerance.`,
  );
