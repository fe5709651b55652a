import * as v from 'valibot';

/**
 * The wallet's part of the contract. Plain JSON: rao, and the smallest units of alpha, are decimal strings; addresses are SS58.
 * An amount always says what it is of: alpha is never called TAO.
 */

const MAX_NETUID = 65_535;
const amount = v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'not an amount in whole units'));
const amountOrAll = v.union([v.literal('everything'), amount]);
/** A person's text; whether it is an address is an answer, not a failure. */
const addressText = v.pipe(v.string(), v.maxLength(200));
const netuid = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_NETUID));
const place = { hotkey: addressText, netuid };

/** What the coldkey can be asked to sign; see src-main/core/staking/orders.ts. */
export const orderInputSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('stake'), ...place, amount }),
  v.strictObject({ kind: v.literal('unstake'), ...place, amount: amountOrAll }),
  v.strictObject({
    kind: v.literal('move'),
    from: v.strictObject(place),
    to: v.strictObject(place),
    amount: amountOrAll,
  }),
  v.strictObject({
    kind: v.literal('transfer-stake'),
    ...place,
    toNetuid: netuid,
    toColdkey: addressText,
    amount: amountOrAll,
  }),
  v.strictObject({ kind: v.literal('transfer'), to: addressText, amount }),
  v.strictObject({ kind: v.literal('register'), ...place }),
]);
export type OrderInput = v.InferOutput<typeof orderInputSchema>;

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

/** Payload schemas of the wallet's commands. */
export const walletCommands = {
  /** What an order would do at this block's prices, or why it would be refused. Nothing is signed. */
  'wallet.quote': v.strictObject({
    order: orderInputSchema,
    /** Parts per million; how much worse the price may become. */
    tolerancePpm: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
    /** Whether the owner has typed that a loss of more than a half is meant. */
    isTyped: v.boolean(),
  }),
  /** Signs what was quoted and sends it once. Answers at once; how it goes on is in `wallet.orders`. */
  'wallet.place': v.strictObject({
    quoteId: id,
    signing: v.variant('kind', [
      /** The devnet's own key. */
      v.strictObject({ kind: v.literal('devnet') }),
      v.strictObject({ kind: v.literal('password'), password: v.pipe(v.string(), v.maxLength(1_000)) }),
      v.strictObject({ kind: v.literal('extension') }),
    ]),
  }),
  /** Gives up an order that is not signed yet. */
  'wallet.cancel': v.strictObject({ orderId: id }),
  'wallet.subnets': v.strictObject({}),
  'wallet.validators': v.strictObject({ netuid }),
  'wallet.check-address': v.strictObject({
    address: addressText,
    /** What it is wanted for: a hotkey is right to stake with, and wrong to send money to. */
    purpose: v.picklist(['send', 'stake']),
  }),
  'wallet.name-address': v.strictObject({
    address: addressText,
    name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(60)),
  }),
  'wallet.forget-address': v.strictObject({ address: addressText }),
  /** All orders and payments as CSV; with fiat values where the owner gives what one TAO was worth on a day (`2026-11-28`). */
  'wallet.export-history': v.strictObject({
    fiat: v.nullable(
      v.strictObject({
        currency: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'not a currency such as EUR')),
        pricesByDay: v.record(
          v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/, 'not a day such as 2026-11-28')),
          v.pipe(v.number(), v.finite(), v.minValue(0)),
        ),
      }),
    ),
  }),
} as const;

export type AmountText =
  | { readonly unit: 'tao'; readonly amount: string }
  | { readonly unit: 'alpha'; readonly netuid: number; readonly amount: string };

export type QuoteReply =
  | ({ readonly kind: 'quote'; readonly quoteId: string; readonly expiresAtMs: number } & QuoteText)
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string };

/** src-main/core/staking/quote.ts as text. Prices are rao for one whole alpha. */
export interface QuoteText {
  readonly block: number;
  readonly pays: AmountText;
  /** At these prices; `null` when it buys no money. */
  readonly receives: AmountText | null;
  /** Less the chain does not give; `null` when nothing bounds it. */
  readonly leastReceived: AmountText | null;
  readonly prices: readonly { readonly netuid: number; readonly before: string; readonly after: string }[];
  readonly limit:
    | { readonly kind: 'price'; readonly price: string }
    /** Alpha of the one subnet for one alpha of the other, × 10^9. */
    | { readonly kind: 'ratio'; readonly ratio: string; readonly from: number; readonly to: number }
    | { readonly kind: 'cost'; readonly costRao: string }
    | null;
  readonly tolerancePpm: number;
  readonly swapFee: AmountText | null;
  readonly transactionFeeRao: string;
  readonly slippagePpm: number;
  readonly warnings: readonly { readonly kind: string; readonly message: string }[];
  /** What is to be known and is no warning, in words: for how long a registration is safe, and what may end it then. */
  readonly notes: readonly string[];
}

interface PlaceReply {
  readonly orderId: string;
}

export interface SubnetSummary {
  readonly netuid: number;
  /** As its owner calls it; `null` without one. Not to be trusted. */
  readonly name: string | null;
  /** Rao for one whole alpha. */
  readonly priceRao: string;
  readonly isTrading: boolean;
}

/** A hotkey that others can stake with, in a subnet. In no order of merit. */
export interface ValidatorSummary {
  readonly hotkey: string;
  /** As it calls itself; `null` without a name. Not to be trusted. */
  readonly name: string | null;
  readonly uid: number | null;
  /** Of all who stake with it. */
  readonly stakeAlpha: string;
  /** What it keeps of its stakers' dividends. */
  readonly takePpm: number;
  /** What one alpha staked for the time before would have gained, after its take; `null`: not known. */
  readonly return7DaysPpm: number | null;
  readonly return30DaysPpm: number | null;
  readonly hasPermit: boolean;
  /** What a staker should know, in words: no permit, take raised, little stake, new, idle, … */
  readonly risks: readonly string[];
}

export type AddressReply =
  | { readonly kind: 'invalid'; readonly message: string }
  | {
      readonly kind: 'valid';
      /** With prefix 42. */
      readonly address: string;
      readonly isHotkey: boolean;
      readonly isOwn: boolean;
      /** Of the address book. */
      readonly name: string | null;
      /** Whether this wallet has never sent anything to it. */
      readonly isFirstUse: boolean;
      /** What should give pause, in words. */
      readonly warnings: readonly string[];
    };

export interface HistoryReply {
  readonly csv: string;
  readonly rows: number;
}

/** What a wallet command answers beyond "done". */
export interface WalletResults {
  'wallet.quote': QuoteReply;
  'wallet.place': PlaceReply;
  'wallet.subnets': readonly SubnetSummary[];
  'wallet.validators': readonly ValidatorSummary[];
  'wallet.check-address': AddressReply;
  'wallet.export-history': HistoryReply;
}

export interface StakePosition {
  readonly hotkey: string;
  readonly netuid: number;
  readonly alpha: string;
  /** At the price of the block. Selling brings less. */
  readonly worthRao: string;
  readonly isRegistered: boolean;
}

/** All that the coldkey has, as of one block. */
export interface StakeState {
  readonly block: number;
  readonly freeRao: string;
  /** Held back for a deposit. */
  readonly reservedRao: string;
  /** Of the free part, what may not leave: vesting and the like. */
  readonly frozenRao: string;
  readonly stakedWorthRao: string;
  readonly positions: readonly StakePosition[];
  readonly subnets: readonly {
    readonly netuid: number;
    readonly priceRao: string;
    readonly totalAlpha: string;
    readonly lockedAlpha: string;
    readonly availableAlpha: string;
  }[];
  /** An announced move to another coldkey, during which the chain lets this one do nothing else. */
  readonly swap: { readonly fromBlock: number; readonly isDisputed: boolean } | null;
}

export type OrderStatus =
  /** A person is asked. */
  | { readonly kind: 'signing' }
  /** Sent, in no block yet. */
  | { readonly kind: 'pending' }
  /** A block that may still be replaced has it. */
  | { readonly kind: 'in-block'; readonly block: number }
  | { readonly kind: 'finalized'; readonly block: number }
  /** `block` kept its fee; `null`: nothing was paid. */
  | { readonly kind: 'refused'; readonly block: number | null; readonly error: string; readonly message: string }
  /** Never sent: declined, cancelled, or the chain was out of reach. */
  | { readonly kind: 'not-sent'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

export interface OrderRecord {
  readonly id: string;
  readonly placedAtMs: number;
  readonly order: OrderInput;
  readonly pays: AmountText;
  readonly receives: AmountText | null;
  readonly status: OrderStatus;
  readonly hash: string | null;
  /** Where a person can look at it; `null` on a chain without one, or before it is in a block. */
  readonly explorerUrl: string | null;
}

export interface AddressBookEntry {
  readonly address: string;
  readonly name: string;
}

/** What a client sees at once; older orders are in the exported history. */
export const MAX_ORDER_RECORDS = 50;
export const MAX_ADDRESS_BOOK_ENTRIES = 500;
