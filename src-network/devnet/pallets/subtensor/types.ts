import { newtype, struct, withParams } from '../../scale/composites.ts';
import { enumeration, variant } from '../../scale/enumeration.ts';
import { i128, i64, u128, u16, u32, u64, u8, unit } from '../../scale/primitives.ts';
import type { ScaleType, ValueOf } from '../../scale/scale-type.ts';

/**
 * Subtensor's own types as its metadata has them: a netuid is a plain u16, rao and alpha are plain u64. Source:
 * common/src/lib.rs and currency.rs.
 */
export const netUid = u16;
/** Of a subnet: 0 is the only one here. */
export const mechId = u8;
/** netuid + 4096 × mechanism. */
export const storageIndex = u16;
export const rao64 = u64;
export const alpha64 = u64;

const fixedPoint = (name: string, bits: ScaleType<bigint>, places: string) =>
  withParams(struct(`substrate_fixed::${name}`, { bits }), { Frac: newtype(`typenum::${places}`, unit) });

/** The number is bits ÷ 2^64. */
export const u64f64 = fixedPoint('FixedU128', u128, 'U64');
/** The number is bits ÷ 2^32. */
export const u96f32 = fixedPoint('FixedU128', u128, 'U32');
export const i96f32 = fixedPoint('FixedI128', i128, 'U32');
export const i32f32 = fixedPoint('FixedI64', i64, 'U32');

/** mantissa × 10^exponent: shares of a hotkey's alpha. Source: primitives/share-pool/src/lib.rs. */
export const safeFloat = struct('share_pool::SafeFloat', { mantissa: u128, exponent: i64 });

/** Stake that may not be unstaked. Source: pallets/subtensor/src/staking/lock.rs. */
export const lockState = struct('pallet_subtensor::staking::lock::LockState', {
  lockedMass: alpha64,
  conviction: u64f64,
  lastUpdate: u64,
});

export const axonInfo = struct('pallet_subtensor::pallet::AxonInfo', {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ipType: u8,
  protocol: u8,
  placeholder1: u8,
  placeholder2: u8,
});
export const prometheusInfo = struct('pallet_subtensor::pallet::PrometheusInfo', {
  block: u64,
  version: u32,
  ip: u128,
  port: u16,
  ipType: u8,
});

/** What happens to the mining pay of the subnet's owner. */
export const recycleOrBurn = enumeration('pallet_subtensor::pallet::RecycleOrBurnEnum', {
  Burn: variant(0, null),
  Recycle: variant(1, null),
});
export type RecycleOrBurn = ValueOf<typeof recycleOrBurn>;
