import { struct, newtype } from '../../scale/composites.ts';
import { bool, u16, u64 } from '../../scale/primitives.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import { WEIGHT_ONE } from '../../pool/pool.ts';

export const SWAP = 'Swap';

const ofSubnet = [mapKey('Twox64Concat', u16)] as const;
const perquintill = newtype('sp_arithmetic::per_things::Perquintill', u64);
const balancer = struct('pallet_subtensor_swap::pallet::balancer::Balancer', { quote: perquintill });

/** u16 proportion of what is paid into a pool. 33 ≈ 0.05 %. */
export const feeRate = storageMap<[number], number>(SWAP, 'FeeRate', ofSubnet, u16, 33);
/** The pool's weight of TAO, with 18 decimal places. */
export const swapBalancer = storageMap<[number], { readonly quote: bigint }>(SWAP, 'SwapBalancer', ofSubnet, balancer, {
  quote: WEIGHT_ONE / 2n,
});
/** Whether the weight is written down. */
export const palSwapInitialized = storageMap<[number], boolean>(SWAP, 'PalSwapInitialized', ofSubnet, bool, false);
