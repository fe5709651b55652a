import type { AmountText, QuoteText } from '#protocol/contract/wallet.ts';
import { amountWords, exactUnits, ppmText, priceText } from '../../format/amounts.ts';
import { taoText } from '../../format/tao.ts';

/** Above these main asks for more; see src-main/core/staking/quote-checks.ts. */
export const WARN_PPM = 50_000;
export const TYPE_PPM = 500_000;
export const DEFAULT_TOLERANCE_PPM = 5_000;
/** What must be typed for a loss of more than a half. */
export const TYPED_WORDS = 'lose more than half';

interface QuoteRow {
  readonly label: string;
  readonly value: string;
  /** What the label means, in a short sentence. */
  readonly hint?: string;
  readonly tone?: 'warn';
}

/** The small print of a quote, line by line, in the order in which it matters. */
export function quoteRows(quote: QuoteText): readonly QuoteRow[] {
  return [
    ...quote.prices.map(priceRow),
    ...limitRows(quote.limit),
    ...(quote.slippagePpm === 0
      ? []
      : [
          {
            label: 'Cost of the trade',
            value: ppmText(quote.slippagePpm),
            hint: 'Your order moves the price; with the swap fee.',
            ...(quote.slippagePpm > WARN_PPM ? { tone: 'warn' as const } : {}),
          },
        ]),
    ...(quote.swapFee === null ? [] : [{ label: 'Swap fee', value: `${amountWords(quote.swapFee)}, included` }]),
    { label: 'Transaction fee', value: `${exactUnits(quote.transactionFeeRao)} TAO` },
  ];
}

/** Less the chain does not give; `null` where that is what is shown anyway, or where nothing bounds it. */
export function leastWords({ receives, leastReceived }: QuoteText): string | null {
  if (leastReceived === null || receives === null || isSame(leastReceived, receives)) return null;
  return `at least ${taoText(leastReceived.amount)}`;
}

const isSame = (a: AmountText, b: AmountText): boolean => a.amount === b.amount && a.unit === b.unit;

/** What comes is an estimate, cut as such; where it is exactly what goes, it is shown whole. */
export const receivesNumber = ({ pays }: QuoteText, receives: AmountText): string =>
  isSame(pays, receives) ? exactUnits(receives.amount) : taoText(receives.amount);

function priceRow({ netuid, before, after }: QuoteText['prices'][number]): QuoteRow {
  const label = `Price in subnet ${netuid.toString()}`;
  if (before === after) return { label, value: `${priceText(before)} TAO` };
  return {
    label,
    value: `${priceText(before)} → ${priceText(after)} TAO`,
    hint: 'TAO for one alpha, now and after your order.',
  };
}

const ratioWords = ({ ratio, from, to }: { readonly ratio: string; readonly from: number; readonly to: number }) =>
  `${priceText(ratio)} alpha of subnet ${to.toString()} for one of subnet ${from.toString()}`;

function limitRows(limit: QuoteText['limit']): readonly QuoteRow[] {
  if (limit === null) return [];
  const hint = 'Past it the chain refuses, and only its fee is lost.';
  switch (limit.kind) {
    case 'price':
      return [{ label: 'Price limit', value: `${priceText(limit.price)} TAO`, hint }];
    case 'ratio':
      return [{ label: 'Price limit', value: ratioWords(limit), hint }];
    case 'cost':
      return [{ label: 'Costs at most', value: `${exactUnits(limit.costRao)} TAO` }];
  }
}

/** How a new quote differs from the one shown before, from the owner's side; `null` when it does not. */
export function moveWords(before: QuoteText, now: QuoteText): string | null {
  const [had, has] = [before.receives, now.receives];
  if (had !== null && has !== null && had.unit === has.unit) {
    const words = differenceWords(BigInt(had.amount), BigInt(has.amount));
    return words === null ? null : `The price moved. You now get ${words} than a moment ago.`;
  }
  if (before.pays.unit !== now.pays.unit) return null;
  const words = differenceWords(BigInt(before.pays.amount), BigInt(now.pays.amount));
  return words === null ? null : `The price moved. You now pay ${words} than a moment ago.`;
}

function differenceWords(before: bigint, now: bigint): string | null {
  if (before === 0n || before === now) return null;
  const ppm = Number(((now - before) * 1_000_000n) / before);
  return `${ppmText(Math.abs(ppm === 0 ? 1 : ppm)).replace('< ', 'less than ')} ${now > before ? 'more' : 'less'}`;
}
