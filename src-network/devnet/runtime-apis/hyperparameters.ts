import { utf8 } from '#protocol/bytes.ts';
import { struct, vec } from '../scale/composites.ts';
import { enumeration, variant } from '../scale/enumeration.ts';
import { bool, bytes, compactU128, compactU16, compactU32, compactU64 } from '../scale/primitives.ts';
import type { ValueOf } from '../scale/scale-type.ts';
import type { StorageItem } from '../metadata/pallet.ts';
import { activityCutoffBlocks } from '../pallets/subtensor/epoch-schedule.ts';
import * as parameters from '../pallets/subtensor/storage-parameters.ts';
import { subtokenEnabled, transferToggle } from '../pallets/subtensor/storage-subnet.ts';
import { i32f32, u64f64 } from '../pallets/subtensor/types.ts';
import type { State } from '../runtime/state.ts';

const hyperparamValue = enumeration('pallet_subtensor::rpc_info::subnet_info::HyperparamValue', {
  Bool: variant(0, bool),
  U16: variant(1, compactU16),
  U32: variant(2, compactU32),
  U64: variant(3, compactU64),
  U128: variant(4, compactU128),
  TaoBalance: variant(5, compactU64),
  I32F32: variant(6, i32f32),
  U64F64: variant(7, u64f64),
});
const entry = struct('pallet_subtensor::rpc_info::subnet_info::HyperparamEntry', {
  name: bytes,
  value: hyperparamValue,
});
export const hyperparams = vec(entry);

type HyperparamValue = ValueOf<typeof hyperparamValue>;

const MAX_WEIGHT = 65_535;
/** Of I32F32. */
const PLACES = 32n;

/**
 * A subnet's hyperparameters by name, in the chain's order. What this chain does not have (locks, childkeys) reads as where
 * nobody uses it. Source: pallets/subtensor/src/rpc_info/subnet_info.rs (get_subnet_hyperparams_v3).
 */
export function hyperparamsOf(state: State, netuid: number): ValueOf<typeof hyperparams> {
  const of = <T>(item: StorageItem<[number], T>): T => state.get(item, netuid);
  const u16 = (value: number): HyperparamValue => ({ type: 'U16', value });
  const u64 = (value: bigint): HyperparamValue => ({ type: 'U64', value });
  const flag = (value: boolean): HyperparamValue => ({ type: 'Bool', value });
  const rao = (value: bigint): HyperparamValue => ({ type: 'TaoBalance', value });
  const [alphaLow, alphaHigh] = of(parameters.alphaValues);
  const values: Readonly<Record<string, HyperparamValue>> = {
    kappa: u16(of(parameters.kappa)),
    immunity_period: u16(of(parameters.immunityPeriod)),
    min_allowed_weights: u16(of(parameters.minAllowedWeights)),
    max_weights_limit: u16(MAX_WEIGHT),
    tempo: u16(of(parameters.tempo)),
    weights_version: u64(of(parameters.weightsVersionKey)),
    weights_rate_limit: u64(of(parameters.weightsSetRateLimit)),
    activity_cutoff: u64(BigInt(activityCutoffBlocks(state, netuid))),
    activity_cutoff_factor: { type: 'U32', value: of(parameters.activityCutoffFactorMilli) },
    registration_allowed: flag(of(parameters.networkRegistrationAllowed)),
    target_regs_per_interval: u16(of(parameters.targetRegistrationsPerInterval)),
    min_burn: rao(of(parameters.minBurn)),
    max_burn: rao(of(parameters.maxBurn)),
    burn_half_life: u16(of(parameters.burnHalfLife)),
    burn_increase_mult: { type: 'U64F64', value: of(parameters.burnIncreaseMult) },
    bonds_moving_avg: u64(of(parameters.bondsMovingAverage)),
    max_regs_per_block: u16(of(parameters.maxRegistrationsPerBlock)),
    serving_rate_limit: u64(of(parameters.servingRateLimit)),
    max_validators: u16(of(parameters.maxAllowedValidators)),
    commit_reveal_period: u64(of(parameters.revealPeriodEpochs)),
    commit_reveal_weights_enabled: flag(of(parameters.commitRevealWeightsEnabled)),
    alpha_high: u16(alphaHigh),
    alpha_low: u16(alphaLow),
    liquid_alpha_enabled: flag(of(parameters.liquidAlphaOn)),
    alpha_sigmoid_steepness: {
      type: 'I32F32',
      value: { bits: BigInt(of(parameters.alphaSigmoidSteepness)) << PLACES },
    },
    yuma_version: u16(of(parameters.yuma3On) ? 3 : 2),
    subnet_is_active: flag(of(subtokenEnabled)),
    transfers_enabled: flag(of(transferToggle)),
    bonds_reset_enabled: flag(of(parameters.bondsResetOn)),
    user_liquidity_enabled: flag(false),
    owner_cut_enabled: flag(of(parameters.ownerCutEnabled)),
    owner_cut_auto_lock_enabled: flag(false),
    min_childkey_take: u16(0),
  };
  return Object.entries(values).map(([name, value]) => ({ name: utf8(name), value }));
}
