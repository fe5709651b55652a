import { type Alpha, alpha, type Rao, rao, ZERO_ALPHA, ZERO_RAO } from '#protocol/units.ts';
import { alphaWorth, type Pool, taoWorth } from './pool.ts';
import { swapAlphaForTao, swapTaoForAlpha } from './swap.ts';

/** What a trade would do. Amounts that are paid in do not contain the fee. */
export interface SwapQuote {
  readonly taoAmount: Rao;
  readonly alphaAmount: Alpha;
  readonly taoFee: Rao;
  readonly alphaFee: Alpha;
  /** What is missing from the amount at the current price, the fee included. */
  readonly taoSlippage: Rao;
  readonly alphaSlippage: Alpha;
}

/** What the chain answers instead of an error. */
export const NO_QUOTE: SwapQuote = {
  taoAmount: ZERO_RAO,
  alphaAmount: ZERO_ALPHA,
  taoFee: ZERO_RAO,
  alphaFee: ZERO_ALPHA,
  taoSlippage: ZERO_RAO,
  alphaSlippage: ZERO_ALPHA,
};

/** Source: runtime/src/lib.rs (sim_swap_tao_for_alpha). */
export function quoteTaoForAlpha(pool: Pool, tao: Rao): SwapQuote {
  const outcome = swapTaoForAlpha(pool, tao);
  if (outcome.kind === 'refused') return NO_QUOTE;
  const { paidIn, fee, paidOut } = outcome;
  const missing = alphaWorth(pool, tao) - paidOut;
  return { ...NO_QUOTE, taoAmount: paidIn, alphaAmount: paidOut, taoFee: fee, alphaSlippage: alpha(atLeast0(missing)) };
}

/** Source: runtime/src/lib.rs (sim_swap_alpha_for_tao). */
export function quoteAlphaForTao(pool: Pool, amount: Alpha): SwapQuote {
  const outcome = swapAlphaForTao(pool, amount);
  if (outcome.kind === 'refused') return NO_QUOTE;
  const { paidIn, fee, paidOut } = outcome;
  const missing = taoWorth(pool, amount) - paidOut;
  return { ...NO_QUOTE, taoAmount: paidOut, alphaAmount: paidIn, alphaFee: fee, taoSlippage: rao(atLeast0(missing)) };
}

const atLeast0 = (x: bigint): bigint => (x < 0n ? 0n : x);
