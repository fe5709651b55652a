import { MillraceError } from '#protocol/errors.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { type Rao, rao } from '#protocol/units.ts';
import { formatPercent, MILLION, type Price, price } from './amounts.ts';
import type { AccountFacts, MarketFacts, PoolFacts } from './facts.ts';
import type { QuoteTerms, QuoteWarning } from './quote.ts';
import { type OrderRefusal, refuse, tao } from './refusals.ts';

const WARN_PPM = 50_000;
const REFUSE_PPM = 500_000;
/** 1 with the 18 decimal places of a pool's weights. */
export const WEIGHT_ONE = 10n ** 18n;
const UNITS = 1_000_000_000n;
const U64_MAX = (1n << 64n) - 1n;

/** The first refusal of several, looked for one after the other. */
export function firstRefusal(...checks: readonly (() => OrderRefusal | null)[]): OrderRefusal | null {
  for (const check of checks) {
    const refusal = check();
    if (refusal !== null) return refusal;
  }
  return null;
}

export function isAddress(text: string): boolean {
  // The library takes a key in hex for an address.
  if (text.startsWith('0x')) return false;
  try {
    return publicKeyOf(text).length === 32;
  } catch (error) {
    if (error instanceof MillraceError) return false;
    throw error;
  }
}

export const checkAddress = (text: string, what: string): OrderRefusal | null =>
  isAddress(text)
    ? null
    : refuse('not-an-address', `“${text.slice(0, 60)}” is not the address of ${what}. Copy it again, all of it.`);

export const checkSwap = ({ swap }: AccountFacts): OrderRefusal | null =>
  swap === null
    ? null
    : refuse(
        'coldkey-swap',
        swap.isDisputed
          ? 'This coldkey’s announced move to another one is disputed; the chain lets it do nothing.'
          : `This coldkey has announced that it moves to another one, from block ${swap.fromBlock} on; until then the chain lets it do nothing else. If that was not you, dispute it now.`,
      );

export const checkHotkey = (isKnown: boolean): OrderRefusal | null =>
  isKnown
    ? null
    : refuse('unknown-hotkey', 'The chain does not know this hotkey. Look at the address again, or register it first.');

export function checkMarket(netuid: number, { exists, isTrading }: MarketFacts): OrderRefusal | null {
  if (!exists) return refuse('no-subnet', `The chain has no subnet ${netuid}.`);
  return isTrading ? null : refuse('not-trading', `The alpha of subnet ${netuid} is not traded yet.`);
}

/** TAO that leaves, with the fee of the transaction, and what the account needs to exist. */
export function checkSpending(
  { free, transactionFee, existentialDeposit }: AccountFacts,
  amount: Rao,
): OrderRefusal | null {
  const spendable = rao(atLeast0(free - transactionFee - existentialDeposit));
  if (amount + transactionFee > free) {
    const most = `At most ${tao(spendable)} can be spent`;
    return refuse('too-much', `There are ${tao(free)} free. ${most} beside the fee of ${tao(transactionFee)}.`);
  }
  return amount <= spendable
    ? null
    : refuse(
        'deposit',
        `That would leave less than the ${tao(existentialDeposit)} that an account needs to exist. At most ${tao(spendable)} can be spent.`,
      );
}

/** An order that spends no TAO but its fee. */
const cannotPayFee = ({ free, transactionFee, existentialDeposit }: AccountFacts): boolean =>
  free < transactionFee + existentialDeposit;

/** For calls whose fee the chain takes from the stake when there is no TAO (pallets/transaction-fee/src/lib.rs, fees_in_alpha). */
export const warnOfFee = (account: AccountFacts): readonly QuoteWarning[] =>
  cannotPayFee(account)
    ? [
        {
          kind: 'fee-from-stake',
          message: `The free balance cannot pay the fee of ${tao(account.transactionFee)}; the chain takes it from the stake, or refuses.`,
        },
      ]
    : [];

/** The price after TAO has come into a pool and alpha has left it, or the other way round. */
export function priceAfter({ tao: reserve, alpha, quoteWeight }: PoolFacts, change: PoolChange): Price {
  const [numerator, denominator] = [
    (WEIGHT_ONE - quoteWeight) * (reserve + change.tao) * UNITS,
    quoteWeight * (alpha + change.alpha),
  ];
  const exact = denominator <= 0n ? U64_MAX : atLeast0(numerator) / denominator;
  return price(exact > U64_MAX ? U64_MAX : exact);
}

interface PoolChange {
  readonly tao: bigint;
  readonly alpha: bigint;
}

/** < 0 when the pool's price, to the last digit, would be below the limit. */
export function comparePrice(
  { tao: reserve, alpha, quoteWeight }: PoolFacts,
  change: PoolChange,
  limit: Price,
): number {
  const left = (WEIGHT_ONE - quoteWeight) * (reserve + change.tao) * UNITS;
  const right = limit * quoteWeight * (alpha + change.alpha);
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Whether the chain's trial left something over, because the price came to its end. Units that roundings leave are nothing. */
export const isPartial = (amount: bigint, used: bigint): boolean => amount - used > 2n + amount / BigInt(MILLION);

/** Tolerances that are none, and what needs the owner's own word. */
export function checkTerms({ tolerancePpm, isTyped }: QuoteTerms, slippagePpm: number): OrderRefusal | null {
  if (!Number.isInteger(tolerancePpm) || tolerancePpm < 0 || tolerancePpm > MILLION) {
    return refuse('beyond-limit', 'The tolerance must be from 0 to 100 %.');
  }
  if (isTyped) return null;
  if (slippagePpm > REFUSE_PPM) {
    return refuse(
      'needs-typing',
      `This would lose ${formatPercent(slippagePpm)} of its worth. It is not sent unless you type that you mean it.`,
    );
  }
  return tolerancePpm > REFUSE_PPM
    ? refuse(
        'needs-typing',
        `A tolerance of ${formatPercent(tolerancePpm)} could cost more than half. It is not sent unless you type that you mean it.`,
      )
    : null;
}

export function warnOfLoss({ tolerancePpm }: QuoteTerms, slippagePpm: number): readonly QuoteWarning[] {
  const slippage: readonly QuoteWarning[] =
    slippagePpm > WARN_PPM
      ? [{ kind: 'slippage', message: `The order itself moves the price: it loses ${formatPercent(slippagePpm)}.` }]
      : [];
  const tolerance: readonly QuoteWarning[] =
    tolerancePpm > WARN_PPM
      ? [{ kind: 'tolerance', message: `The price may get worse by up to ${formatPercent(tolerancePpm)}.` }]
      : [];
  return [...slippage, ...tolerance];
}

const atLeast0 = (x: bigint): bigint => (x < 0n ? 0n : x);
