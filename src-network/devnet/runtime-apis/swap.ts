import { struct, vec } from '../scale/composites.ts';
import { u64 } from '../scale/primitives.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { alpha, rao, RAO_PER_TAO } from '#protocol/units.ts';
import { quoteAlphaForTao, quoteTaoForAlpha, NO_QUOTE, type SwapQuote } from '../pool/quote.ts';
import { hasPool, poolOf, priceBitsOf, simulateBuy } from '../pallets/subtensor/market.ts';
import { subnets } from '../pallets/subtensor/subnets.ts';
import { alpha64, netUid, rao64 } from '../pallets/subtensor/types.ts';
import type { State } from '../runtime/state.ts';

const simSwapResult = struct('pallet_subtensor_swap_runtime_api::SimSwapResult', {
  taoAmount: rao64,
  alphaAmount: alpha64,
  taoFee: rao64,
  alphaFee: alpha64,
  taoSlippage: rao64,
  alphaSlippage: alpha64,
});
const subnetPrice = struct('pallet_subtensor_swap_runtime_api::SubnetPrice', { netuid: netUid, price: u64 });

const priceOf = (state: State, netuid: number): bigint => (priceBitsOf(state, netuid) * RAO_PER_TAO) >> 64n;

/** Prices and quotes; a quote of zeros says that the trade would be refused. Source: runtime/src/lib.rs. */
export const swapApi: RuntimeApi = {
  name: 'SwapRuntimeApi',
  methods: {
    current_alpha_price: method({ netuid: netUid }, u64, ({ state }, { netuid }) => priceOf(state, netuid)),
    current_alpha_price_all: method({}, vec(subnetPrice), ({ state }) =>
      subnets(state).map((netuid) => ({ netuid, price: priceOf(state, netuid) })),
    ),
    sim_swap_tao_for_alpha: method({ netuid: netUid, tao: rao64 }, simSwapResult, ({ state }, { netuid, tao }) =>
      hasPool(state, netuid)
        ? quoteTaoForAlpha(poolOf(state, netuid), rao(tao))
        : withoutPool(state, netuid, tao, 'alphaSlippage'),
    ),
    sim_swap_alpha_for_tao: method({ netuid: netUid, alpha: alpha64 }, simSwapResult, ({ state }, inputs) => {
      const { netuid, alpha: amount } = inputs;
      return hasPool(state, netuid)
        ? quoteAlphaForTao(poolOf(state, netuid), alpha(amount))
        : withoutPool(state, netuid, amount, 'taoSlippage');
    }),
  },
};

/** One for one, and nothing in a subnet that there is not. */
function withoutPool(
  state: State,
  netuid: number,
  amount: bigint,
  slippage: 'taoSlippage' | 'alphaSlippage',
): Readonly<Record<keyof SwapQuote, bigint>> {
  const { paidOut } = simulateBuy(state, netuid, amount);
  return { ...NO_QUOTE, taoAmount: paidOut, alphaAmount: paidOut, [slippage]: amount - paidOut };
}
