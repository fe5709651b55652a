import { variant } from '../../scale/enumeration.ts';
import { u16 } from '../../scale/primitives.ts';
import { call, type Pallet } from '../../metadata/pallet.ts';
import { DispatchFailure } from '../../runtime/call-context.ts';
import { networksAdded } from '../subtensor/storage-subnet.ts';
import { feeRate, palSwapInitialized, SWAP, swapBalancer } from './swap-storage.ts';

/** Highest fee: 10000 ÷ 65535 ≈ 15 % (runtime/src/lib.rs: SwapMaxFeeRate). */
const MAX_FEE_RATE = 10_000;

/** What the pools ask and how they weigh. Trades are SubtensorModule's. Source: pallets/swap/src/pallet/mod.rs. */
export const swap: Pallet = {
  name: SWAP,
  index: 28,
  calls: {
    set_fee_rate: call(0, { netuid: u16, rate: u16 }, ({ state, origin, deposit }, { netuid, rate }) => {
      if (origin.kind !== 'root') throw new DispatchFailure(null, 'BadOrigin');
      if (!state.get(networksAdded, netuid)) throw new DispatchFailure(SWAP, 'MechanismDoesNotExist');
      if (rate > MAX_FEE_RATE) throw new DispatchFailure(SWAP, 'FeeRateTooHigh');
      state.set(feeRate, netuid, rate);
      deposit(SWAP, 'FeeRateSet', { netuid, rate });
    }),
  },
  events: { FeeRateSet: variant(0, { fields: { netuid: u16, rate: u16 } }) },
  errors: {
    FeeRateTooHigh: 'The fee is too high',
    InsufficientInputAmount: 'Too little is paid in',
    InsufficientLiquidity: 'The pool is too small for this trade',
    PriceLimitExceeded: 'The price is beyond the limit already',
    InsufficientBalance: 'The balance is too low',
    InvalidTickRange: 'The range of prices is not as it should be',
    InvalidLiquidityValue: 'The liquidity is too small',
    ReservesTooLow: 'The pool holds too little to trade',
    MechanismDoesNotExist: 'There is no such subnet',
    SubtokenDisabled: 'The alpha of this subnet is not traded yet',
    ReservesOutOfBalance: 'The pool holds far more of one token than of the other',
    SwapInputTooLarge: 'The trade is too large for the pool',
    Deprecated: 'This is not done any more',
  },
  storage: [feeRate, swapBalancer, palSwapInitialized],
  constants: { MaxFeeRate: { type: u16, value: MAX_FEE_RATE } },
};
