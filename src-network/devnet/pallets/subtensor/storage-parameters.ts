import { tuple } from '../../scale/composites.ts';
import { bool, i16, u16, u32, u64, u8 } from '../../scale/primitives.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import { perSubnet, single, SUBTENSOR } from './storage-item.ts';
import { netUid, rao64, u64f64 } from './types.ts';

/** Hyperparameters, with the chain's defaults (runtime/src/lib.rs: SubtensorInitial…). */

/** Blocks of an epoch. */
export const tempo = perSubnet('Tempo', u16, 360);
/** Blocks for which a new neuron cannot be replaced. */
export const immunityPeriod = perSubnet('ImmunityPeriod', u16, 4096);
export const maxAllowedUids = perSubnet('MaxAllowedUids', u16, 256);
const minAllowedUids = perSubnet('MinAllowedUids', u16, 64);
export const maxAllowedValidators = perSubnet('MaxAllowedValidators', u16, 128);
export const immuneOwnerUidsLimit = perSubnet('ImmuneOwnerUidsLimit', u16, 1);
export const minNonImmuneUids = perSubnet('MinNonImmuneUids', u16, 10);

/** Rao that registering costs now. */
export const burn = perSubnet('Burn', rao64, 100_000_000n);
export const minBurn = perSubnet('MinBurn', rao64, 500_000n);
export const maxBurn = perSubnet('MaxBurn', rao64, 100_000_000_000n);
/** Blocks after which it costs half. */
export const burnHalfLife = perSubnet('BurnHalfLife', u16, 360);
/** What each registration multiplies it by: 1.26. */
export const burnIncreaseMult = perSubnet('BurnIncreaseMult', u64f64, { bits: 23_242_897_532_874_035_200n });
export const networkRegistrationAllowed = perSubnet('NetworkRegistrationAllowed', bool, true);
export const networkPowRegistrationAllowed = perSubnet('NetworkPowRegistrationAllowed', bool, true);
export const maxRegistrationsPerBlock = perSubnet('MaxRegistrationsPerBlock', u16, 1);
export const targetRegistrationsPerInterval = perSubnet('TargetRegistrationsPerInterval', u16, 2);
export const registrationsThisBlock = perSubnet('RegistrationsThisBlock', u16, 0);
export const registrationsThisInterval = perSubnet('RegistrationsThisInterval', u16, 0);
const burnRegistrationsThisInterval = perSubnet('BurnRegistrationsThisInterval', u16, 0);
/** Rao that registrations have burned since the last adjustment. */
export const raoRecycledForRegistration = perSubnet('RAORecycledForRegistration', rao64, 0n);
export const adjustmentInterval = perSubnet('AdjustmentInterval', u16, 100);
export const adjustmentAlpha = perSubnet('AdjustmentAlpha', u64, 0n);
export const difficulty = perSubnet('Difficulty', u64, 10_000_000n);
export const minDifficulty = perSubnet('MinDifficulty', u64, 10_000_000n);
export const maxDifficulty = perSubnet('MaxDifficulty', u64, ((1n << 64n) - 1n) / 4n);

export const rho = perSubnet('Rho', u16, 10);
export const kappa = perSubnet('Kappa', u16, 32_767);
export const alphaSigmoidSteepness = perSubnet('AlphaSigmoidSteepness', i16, 1000);
export const alphaValues = perSubnet('AlphaValues', tuple(u16, u16), [45_875, 58_982]);
const ofSubnetBlake = [mapKey('Blake2128Concat', netUid)] as const;
export const liquidAlphaOn = storageMap<[number], boolean>(SUBTENSOR, 'LiquidAlphaOn', ofSubnetBlake, bool, false);
export const yuma3On = storageMap<[number], boolean>(SUBTENSOR, 'Yuma3On', ofSubnetBlake, bool, false);
export const bondsMovingAverage = perSubnet('BondsMovingAverage', u64, 900_000n);
export const bondsPenalty = perSubnet('BondsPenalty', u16, 65_535);
export const bondsResetOn = perSubnet('BondsResetOn', bool, false);
/** Blocks after which a neuron that has set no weights is not active; replaced by the factor. */
const activityCutoff = perSubnet('ActivityCutoff', u16, 5000);
/** Thousandths of a tempo. */
export const activityCutoffFactorMilli = perSubnet('ActivityCutoffFactorMilli', u32, 13_889);

export const minAllowedWeights = perSubnet('MinAllowedWeights', u16, 1024);
const maxWeightsLimit = perSubnet('MaxWeightsLimit', u16, 65_535);
export const weightsVersionKey = perSubnet('WeightsVersionKey', u64, 0n);
/** Blocks between two settings of weights. */
export const weightsSetRateLimit = perSubnet('WeightsSetRateLimit', u64, 100n);
export const commitRevealWeightsEnabled = perSubnet('CommitRevealWeightsEnabled', bool, true);
/** Epochs between commit and reveal. */
export const revealPeriodEpochs = storageMap<[number], bigint>(
  SUBTENSOR,
  'RevealPeriodEpochs',
  [mapKey('Twox64Concat', netUid)],
  u64,
  1n,
);
/** Nobody can change it here. */
export const mechanismCountCurrent = storageMap<[number], number>(
  SUBTENSOR,
  'MechanismCountCurrent',
  [mapKey('Twox64Concat', netUid)],
  u8,
  1,
);
/** Alpha that a validator must have, by stake weight. */
export const stakeThreshold = single('StakeThreshold', u64, 0n);
/** Blocks between two servings of an endpoint. */
export const servingRateLimit = perSubnet('ServingRateLimit', u64, 50n);

/** u16 proportion of a subnet's alpha for its owner. ≈ 18 %. */
export const subnetOwnerCut = single('SubnetOwnerCut', u16, 11_796);
export const ownerCutEnabled = perSubnet('OwnerCutEnabled', bool, true);
const txRateLimit = single('TxRateLimit', u64, 1000n);
export const maxDelegateTake = single('MaxDelegateTake', u16, 11_796);
export const minDelegateTake = single('MinDelegateTake', u16, 0);
/** Blocks between two changes of a take: 30 days. */
export const txDelegateTakeRateLimit = single('TxDelegateTakeRateLimit', u64, 216_000n);
export const networkImmunityPeriod = single('NetworkImmunityPeriod', u64, 1_296_000n);
const subnetLimit = single('SubnetLimit', u16, 128);

export const PARAMETER_STORAGE = [
  tempo,
  immunityPeriod,
  maxAllowedUids,
  minAllowedUids,
  maxAllowedValidators,
  immuneOwnerUidsLimit,
  minNonImmuneUids,
  burn,
  minBurn,
  maxBurn,
  burnHalfLife,
  burnIncreaseMult,
  networkRegistrationAllowed,
  networkPowRegistrationAllowed,
  maxRegistrationsPerBlock,
  targetRegistrationsPerInterval,
  registrationsThisBlock,
  registrationsThisInterval,
  burnRegistrationsThisInterval,
  raoRecycledForRegistration,
  adjustmentInterval,
  adjustmentAlpha,
  difficulty,
  minDifficulty,
  maxDifficulty,
  rho,
  kappa,
  alphaSigmoidSteepness,
  alphaValues,
  liquidAlphaOn,
  yuma3On,
  bondsMovingAverage,
  bondsPenalty,
  bondsResetOn,
  activityCutoff,
  activityCutoffFactorMilli,
  minAllowedWeights,
  maxWeightsLimit,
  weightsVersionKey,
  weightsSetRateLimit,
  commitRevealWeightsEnabled,
  revealPeriodEpochs,
  mechanismCountCurrent,
  stakeThreshold,
  servingRateLimit,
  subnetOwnerCut,
  ownerCutEnabled,
  txRateLimit,
  maxDelegateTake,
  minDelegateTake,
  txDelegateTakeRateLimit,
  networkImmunityPeriod,
  subnetLimit,
];
