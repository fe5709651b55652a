import { ProtocolError } from '#protocol/errors.ts';
import type { Alpha, Rao } from '#protocol/units.ts';
import type { Price, Ratio } from './amounts.ts';
import type { OrderFacts } from './facts.ts';
import type { Order } from './orders.ts';
import { quoteMove } from './quote-move.ts';
import { quoteRegister, quoteTransfer } from './quote-payment.ts';
import { quoteStake } from './quote-stake.ts';
import { quoteUnstake } from './quote-unstake.ts';
import type { OrderRefusal } from './refusals.ts';

/** An amount that says what it is of: alpha is never TAO, nor another subnet's alpha. */
export type Amount =
  | { readonly unit: 'tao'; readonly amount: Rao }
  | { readonly unit: 'alpha'; readonly netuid: number; readonly amount: Alpha };

interface PriceChange {
  readonly netuid: number;
  readonly before: Price;
  /** After this order alone, at the margin: `before` where no pool is. */
  readonly after: Price;
}

export interface QuoteWarning {
  readonly kind: 'slippage' | 'tolerance' | 'no-limit' | 'fee-from-stake';
  readonly message: string;
}

/** For a trade rao for one alpha, for a swap between two subnets alpha of the one for one of the other, for a registration rao. */
export type QuoteLimit =
  | { readonly kind: 'price'; readonly price: Price }
  | { readonly kind: 'ratio'; readonly ratio: Ratio; readonly from: number; readonly to: number }
  | { readonly kind: 'cost'; readonly cost: Rao };

/** What an order would do, shown before it is signed. */
export interface Quote {
  readonly kind: 'quote';
  /** The block whose prices these are. */
  readonly block: number;
  readonly pays: Amount;
  /** At these prices; `null` when it buys no money. */
  readonly receives: Amount | null;
  /** With the price at its limit: less the chain does not give. `null` when nothing bounds it. */
  readonly leastReceived: Amount | null;
  readonly prices: readonly PriceChange[];
  /** At which the chain refuses. */
  readonly limit: QuoteLimit | null;
  readonly tolerancePpm: number;
  /** In what is paid. */
  readonly swapFee: Amount | null;
  readonly transactionFee: Rao;
  /** What is missing from what the present price alone would give, the swap fee included. */
  readonly slippagePpm: number;
  readonly warnings: readonly QuoteWarning[];
  /** What is to be known and is no warning, in words. */
  readonly notes: readonly string[];
}

/** What the owner accepts. */
export interface QuoteTerms {
  /** How much worse than now the price may be when the block comes, the order's own effect on it included. */
  readonly tolerancePpm: number;
  /** Whether the owner has typed that a loss of more than a half is meant. */
  readonly isTyped: boolean;
}

/** 0.5 %, as the network's own command line has it. */
export const DEFAULT_TERMS: QuoteTerms = { tolerancePpm: 5_000, isTyped: false };

/**
 * What an order would do, or why it is not to be sent. No answer of the chain is needed but the facts.
 * @throws ProtocolError when the facts are another kind of order's
 */
export function quoteOrder(order: Order, facts: OrderFacts, terms: QuoteTerms = DEFAULT_TERMS): Quote | OrderRefusal {
  if (order.kind === 'stake' && facts.kind === 'stake') return quoteStake(order, facts, terms);
  if (order.kind === 'unstake' && facts.kind === 'unstake') return quoteUnstake(order, facts, terms);
  if (order.kind === 'move' && facts.kind === 'move') return quoteMove(order, facts, terms);
  if (order.kind === 'transfer-stake' && facts.kind === 'transfer-stake') return quoteMove(order, facts, terms);
  if (order.kind === 'transfer' && facts.kind === 'transfer') return quoteTransfer(order, facts);
  if (order.kind === 'register' && facts.kind === 'register') return quoteRegister(order, facts, terms);
  throw new ProtocolError(`Facts of ${facts.kind} cannot quote ${order.kind}`);
}
