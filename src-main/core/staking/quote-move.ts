import { alpha, rao } from '#protocol/units.ts';
import { formatPercent, partsPerMillion, worthOf } from './amounts.ts';
import { MINIMUM_STAKE_RAO, type MoveFacts } from './facts.ts';
import { bought, isWithinLimit, leastMoved, limitToMove, sold } from './move-limit.ts';
import { isSwap, type MoveOrder, type Place, type TransferStakeOrder } from './orders.ts';
import type { Amount, Quote, QuoteTerms, QuoteWarning } from './quote.ts';
import {
  checkAddress,
  checkHotkey,
  checkMarket,
  checkSwap,
  checkTerms,
  firstRefusal,
  isPartial,
  priceAfter,
  warnOfFee,
  warnOfLoss,
} from './quote-checks.ts';
import { beyondLimit, quoteFailed } from './quote-stake.ts';
import { alphaOf, checkPosition } from './quote-unstake.ts';
import { type OrderRefusal, refuse, tao } from './refusals.ts';

const MINIMUM = rao(MINIMUM_STAKE_RAO);

/**
 * What a move or a gift of stake would give. Within a subnet that is the same alpha; between two it is sold and bought, for which
 * the chain takes a limit only when it stays with its coldkey and hotkey.
 */
export function quoteMove(
  order: MoveOrder | TransferStakeOrder,
  facts: MoveFacts,
  terms: QuoteTerms,
): Quote | OrderRefusal {
  const { from, to } = placesOf(order);
  const { account, origin, destination } = facts;
  // Within a subnet a lock goes with the stake.
  const position = from.netuid === to.netuid ? { ...facts.position, available: facts.position.staked } : facts.position;
  const amount = alphaOf(order.amount, position);
  const refusal = firstRefusal(
    () => checkAddress(from.hotkey, 'a hotkey'),
    () => checkAddress(to.hotkey, 'a hotkey'),
    () => (order.kind === 'transfer-stake' ? checkAddress(order.toColdkey, 'coldkey') : null),
    () => checkSwap(account),
    () => (isSamePlace(order) ? refuse('same-place', 'It is there already. Choose another hotkey or subnet.') : null),
    () => checkMarket(from.netuid, origin),
    () => checkMarket(to.netuid, destination),
    () => checkHotkey(facts.areHotkeysKnown),
    () => checkPosition(amount, position, from.netuid),
    () =>
      order.kind === 'transfer-stake' && !facts.mayBeGiven
        ? refuse('not-transferable', 'This subnet does not let stake go to another coldkey.')
        : null,
  );
  if (refusal !== null) return refusal;

  const pays: Amount = { unit: 'alpha', netuid: from.netuid, amount };
  const common = { kind: 'quote', block: account.block, pays, tolerancePpm: terms.tolerancePpm } as const;
  const { transactionFee } = account;
  if (from.netuid === to.netuid) {
    if (worthOf(amount, origin.price) < MINIMUM) return tooLittle();
    const prices = [{ netuid: from.netuid, before: origin.price, after: origin.price }];
    const rest = {
      limit: null,
      swapFee: null,
      transactionFee,
      slippagePpm: 0,
      warnings: warnOfFee(account),
      notes: [],
    };
    return { ...common, ...rest, receives: pays, leastReceived: pays, prices };
  }

  const { sale, purchase } = facts;
  if (sale === null || isPartial(amount, sale.alphaIn + sale.fee)) return quoteFailed(from.netuid);
  // What comes out is staked again only from the minimum on; the chain asks for more than it, not for it.
  if (sale.taoOut <= MINIMUM) return tooLittle();
  if (purchase === null) return quoteFailed(to.netuid);
  const ideal = destination.price === 0n ? 0n : (amount * origin.price) / destination.price;
  const slippagePpm = partsPerMillion(ideal - purchase.alphaOut, ideal);
  const wrongTerms = checkTerms(terms, slippagePpm);
  if (wrongTerms !== null) return wrongTerms;
  const swap = { origin, destination, amount, sale, purchase };
  const ratio = order.kind === 'move' && isSwap(order) ? limitToMove(origin, destination, terms.tolerancePpm) : NONE;
  if (ratio === null) return quoteFailed(to.netuid);
  if (ratio !== NONE && !isWithinLimit(swap, ratio)) {
    return beyondLimit(`would bring ${formatPercent(slippagePpm)} less than the present prices`, terms);
  }
  const before = [origin.price, destination.price] as const;
  return {
    ...common,
    receives: { unit: 'alpha', netuid: to.netuid, amount: alpha(purchase.alphaOut) },
    ...(ratio === NONE
      ? { leastReceived: null, limit: null }
      : {
          leastReceived: { unit: 'alpha', netuid: to.netuid, amount: leastMoved(swap, ratio) },
          limit: { kind: 'ratio', ratio, from: from.netuid, to: to.netuid },
        }),
    prices: [
      {
        ...{ netuid: from.netuid, before: before[0] },
        after: origin.pool === null ? before[0] : priceAfter(origin.pool, sold(sale)),
      },
      {
        ...{ netuid: to.netuid, before: before[1] },
        after: destination.pool === null ? before[1] : priceAfter(destination.pool, bought(purchase)),
      },
    ],
    // One fee, on the way out; on the way in only for what comes from root, which has none.
    swapFee:
      origin.pool === null
        ? { unit: 'tao', amount: purchase.fee }
        : { unit: 'alpha', netuid: from.netuid, amount: sale.fee },
    transactionFee,
    slippagePpm,
    warnings: [...(ratio === NONE ? [NO_LIMIT] : []), ...warnOfLoss(terms, slippagePpm), ...warnOfFee(account)],
    notes: [],
  };
}

const NONE = 'none';

const NO_LIMIT: QuoteWarning = {
  kind: 'no-limit',
  message:
    'The chain takes no price limit for stake that goes to another subnet and to another hotkey or coldkey at once: what arrives depends on the block. Move it to the subnet first, then within it, for one.',
};

export const placesOf = (order: MoveOrder | TransferStakeOrder): { readonly from: Place; readonly to: Place } =>
  order.kind === 'move' ? order : { from: order, to: { hotkey: order.hotkey, netuid: order.toNetuid } };

const isSamePlace = (order: MoveOrder | TransferStakeOrder): boolean =>
  order.kind === 'move' && order.from.hotkey === order.to.hotkey && order.from.netuid === order.to.netuid;

const tooLittle = (): OrderRefusal =>
  refuse('too-little', `The chain moves stake worth at least ${tao(MINIMUM)}. Choose a larger amount.`);
