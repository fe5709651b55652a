import { alpha, rao } from '#protocol/units.ts';
import { partsPerMillion, worthOf } from './amounts.ts';
import { MINIMUM_STAKE_RAO, type MoveFacts } from './facts.ts';
import type { MoveOrder, Place, TransferStakeOrder } from './orders.ts';
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
import { quoteFailed } from './quote-stake.ts';
import { alphaOf, checkPosition } from './quote-unstake.ts';
import { type OrderRefusal, refuse, tao } from './refusals.ts';

const MINIMUM = rao(MINIMUM_STAKE_RAO);

/**
 * What a move or a gift of stake would give. Within a subnet that is the same alpha; between two it is sold and bought, for which
 * the chain's calls take no limit.
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
    () => checkAddress(from.hotkey, 'hotkey'),
    () => checkAddress(to.hotkey, 'hotkey'),
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
  const common = { kind: 'quote', block: account.block, pays, limit: null, tolerancePpm: terms.tolerancePpm } as const;
  const { transactionFee } = account;
  if (from.netuid === to.netuid) {
    if (worthOf(amount, origin.price) < MINIMUM) return tooLittle();
    const prices = [{ netuid: from.netuid, before: origin.price, after: origin.price }];
    const rest = { swapFee: null, transactionFee, slippagePpm: 0, warnings: warnOfFee(account), notes: [] };
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
  const sold = { tao: 0n - sale.taoOut, alpha: sale.alphaIn };
  const bought = { tao: purchase.taoIn, alpha: 0n - purchase.alphaOut };
  const before = [origin.price, destination.price] as const;
  return {
    ...common,
    receives: { unit: 'alpha', netuid: to.netuid, amount: alpha(purchase.alphaOut) },
    leastReceived: null,
    prices: [
      {
        ...{ netuid: from.netuid, before: before[0] },
        after: origin.pool === null ? before[0] : priceAfter(origin.pool, sold),
      },
      {
        ...{ netuid: to.netuid, before: before[1] },
        after: destination.pool === null ? before[1] : priceAfter(destination.pool, bought),
      },
    ],
    // One fee, on the way out; on the way in only for what comes from root, which has none.
    swapFee:
      origin.pool === null
        ? { unit: 'tao', amount: purchase.fee }
        : { unit: 'alpha', netuid: from.netuid, amount: sale.fee },
    transactionFee,
    slippagePpm,
    warnings: [NO_LIMIT, ...warnOfLoss(terms, slippagePpm), ...warnOfFee(account)],
    notes: [],
  };
}

const NO_LIMIT: QuoteWarning = {
  kind: 'no-limit',
  message:
    'The chain takes no price limit for stake that goes to another subnet: what arrives depends on the block. Unstake and stake again for one.',
};

export const placesOf = (order: MoveOrder | TransferStakeOrder): { readonly from: Place; readonly to: Place } =>
  order.kind === 'move' ? order : { from: order, to: { hotkey: order.hotkey, netuid: order.toNetuid } };

const isSamePlace = (order: MoveOrder | TransferStakeOrder): boolean =>
  order.kind === 'move' && order.from.hotkey === order.to.hotkey && order.from.netuid === order.to.netuid;

const tooLittle = (): OrderRefusal =>
  refuse('too-little', `The chain moves stake worth at least ${tao(MINIMUM)}. Choose a larger amount.`);
