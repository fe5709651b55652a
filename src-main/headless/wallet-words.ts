import { assertNever } from '#protocol/assert-never.ts';
import { exactAlpha, exactPrice, formatPercent } from '#main/core/staking/amounts.ts';
import type { OrderProgress } from '#main/core/staking/follow-order.ts';
import type { Amount, Quote } from '#main/core/staking/quote.ts';
import { tao } from '#main/core/staking/refusals.ts';
import { limitWords } from '#main/core/wallet-service/order-words.ts';

/** For JSON: every amount becomes a decimal string of its smallest unit. */
export const plain = (value: object): Readonly<Record<string, unknown>> =>
  JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each)),
  ) as Readonly<Record<string, unknown>>;

const amountWords = (amount: Amount): string =>
  amount.unit === 'tao' ? tao(amount.amount) : `${exactAlpha(amount.amount)} alpha of subnet ${amount.netuid}`;

/** A quote in lines, for a terminal. */
export function describeQuote(quote: Quote): readonly string[] {
  const { pays, receives, leastReceived, prices, limit, swapFee, transactionFee, slippagePpm, tolerancePpm } = quote;
  return [
    `Pays         ${amountWords(pays)}`,
    ...(receives === null ? [] : [`Receives     ${amountWords(receives)}`]),
    ...(leastReceived === null ? [] : [`At least     ${amountWords(leastReceived)}`]),
    ...prices.map(({ netuid, before, after }) => {
      const change = before === after ? '' : `, and ${exactPrice(after)} after this order`;
      return `Price        ${exactPrice(before)} TAO for one alpha of subnet ${netuid}${change}`;
    }),
    ...(limit === null ? [] : [`Limit        ${limitWords(limit)} (tolerance ${formatPercent(tolerancePpm)})`]),
    ...(swapFee === null ? [] : [`Swap fee     ${amountWords(swapFee)}`]),
    `Transaction  ${tao(transactionFee)}`,
    ...(prices.length === 0 ? [] : [`Slippage     ${formatPercent(slippagePpm)}, the swap fee included`]),
    ...quote.warnings.map(({ message }) => `WARNING      ${message}`),
    ...quote.notes.map((note) => `Note         ${note}`),
  ];
}

export function describeProgress(progress: OrderProgress): string {
  switch (progress.kind) {
    case 'pending':
      return 'Waiting for a block';
    case 'in-block':
      return progress.failure === null
        ? `Done in block ${progress.block}; waiting until that is final`
        : `Refused in block ${progress.block}: ${progress.failure.message}`;
    case 'finalized':
      return `Final, in block ${progress.block}`;
    case 'refused':
      return progress.block === null ? `Refused, at no cost: ${progress.message}` : `Refused: ${progress.message}`;
    case 'unknown':
      return progress.message;
    default:
      return assertNever(progress, 'progress');
  }
}
