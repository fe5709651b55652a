import type { Alpha, Rao } from '#protocol/units.ts';
import type { Price } from './amounts.ts';

/** What a quote is made from, as of one block: the chain's own answers, and nothing that is guessed. */

export interface AccountFacts {
  /** The block of all of these. */
  readonly block: number;
  readonly free: Rao;
  /** What the chain says that the transaction itself costs. */
  readonly transactionFee: Rao;
  /** Below this an account ceases to be. */
  readonly existentialDeposit: Rao;
  readonly swap: ColdkeySwap | null;
}

/** An announced move to another coldkey, during which the chain lets this one do nothing else. */
export interface ColdkeySwap {
  /** From this block on it may be done. */
  readonly fromBlock: number;
  readonly isDisputed: boolean;
}

export interface MarketFacts {
  readonly exists: boolean;
  /** Whether its alpha may be staked and unstaked yet. */
  readonly isTrading: boolean;
  readonly price: Price;
  /** `null` where alpha is one TAO, as on root. */
  readonly pool: PoolFacts | null;
}

export interface PoolFacts {
  readonly tao: Rao;
  readonly alpha: Alpha;
  /** Weight of TAO with 18 decimal places; alpha has the rest. The price is (w of alpha × tao) ÷ (w of TAO × alpha). */
  readonly quoteWeight: bigint;
}

/** What the chain says that buying would do. The fee is in what is spent, on top of `taoIn`. */
export interface BuyTrial {
  readonly taoIn: Rao;
  readonly fee: Rao;
  readonly alphaOut: Alpha;
  /** What is missing from the alpha at the present price, the fee included. */
  readonly missing: Alpha;
}

export interface SellTrial {
  readonly alphaIn: Alpha;
  readonly fee: Alpha;
  readonly taoOut: Rao;
  readonly missing: Rao;
}

/** Alpha of one place. */
export interface PositionFacts {
  readonly staked: Alpha;
  /** What of it is not locked. */
  readonly available: Alpha;
}

export interface StakeFacts {
  readonly kind: 'stake';
  readonly account: AccountFacts;
  readonly market: MarketFacts;
  readonly isHotkeyKnown: boolean;
  /** `null`: the chain could not say. */
  readonly trial: BuyTrial | null;
}

export interface UnstakeFacts {
  readonly kind: 'unstake';
  readonly account: AccountFacts;
  readonly market: MarketFacts;
  readonly isHotkeyKnown: boolean;
  readonly position: PositionFacts;
  readonly trial: SellTrial | null;
}

/** Of a move and of a gift of stake. */
export interface MoveFacts {
  readonly kind: 'move' | 'transfer-stake';
  readonly account: AccountFacts;
  readonly origin: MarketFacts;
  readonly destination: MarketFacts;
  readonly areHotkeysKnown: boolean;
  /** Whether both subnets let stake go to another coldkey. */
  readonly mayBeGiven: boolean;
  readonly position: PositionFacts;
  /** `null` also where nothing is traded, because it stays in its subnet. */
  readonly sale: SellTrial | null;
  readonly purchase: BuyTrial | null;
}

export interface TransferFacts {
  readonly kind: 'transfer';
  readonly account: AccountFacts;
  readonly recipientFree: Rao;
}

export interface RegisterFacts {
  readonly kind: 'register';
  readonly account: AccountFacts;
  readonly exists: boolean;
  readonly isOpen: boolean;
  /** What registering costs now. */
  readonly cost: Rao;
  readonly isRegistered: boolean;
  /** Whether another coldkey owns the hotkey. */
  readonly isForeign: boolean;
  /** For so many blocks after registering no other hotkey takes the place of one, while there is another to give way. */
  readonly immunityBlocks: number;
  readonly neurons: number;
  readonly maxNeurons: number;
  /** Nominal time between two blocks. */
  readonly blockMs: number;
}

export type OrderFacts = StakeFacts | UnstakeFacts | MoveFacts | TransferFacts | RegisterFacts;

/** Rao that the chain stakes or unstakes at least (runtime/src/lib.rs: SubtensorInitialMinStake; no constant tells of it). */
export const MINIMUM_STAKE_RAO = 2_000_000n;
