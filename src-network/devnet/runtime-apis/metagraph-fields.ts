import { option, tuple, vec } from '../scale/composites.ts';
import { accountId, bool, compactU128, compactU16, compactU64, compactU8 } from '../scale/primitives.ts';
import type { AnyType, ScaleType } from '../scale/scale-type.ts';
import type { StorageItem } from '../metadata/pallet.ts';
import { countedStake, inheritedAlpha, inheritedRootTao } from '../pallets/subtensor/counted-stake.ts';
import { activityCutoffBlocks } from '../pallets/subtensor/epoch-schedule.ts';
import { hotkeysOf } from '../pallets/subtensor/run-epoch.ts';
import {
  chainIdentity,
  identitiesV2,
  subnetIdentitiesV3,
  subnetIdentity,
} from '../pallets/subtensor/storage-identity.ts';
import * as neurons from '../pallets/subtensor/storage-neurons.ts';
import * as parameters from '../pallets/subtensor/storage-parameters.ts';
import { alphaDividendsPerSubnet, owner } from '../pallets/subtensor/storage-stake.ts';
import * as subnet from '../pallets/subtensor/storage-subnet.ts';
import { axonInfo, i96f32 } from '../pallets/subtensor/types.ts';
import type { State } from '../runtime/state.ts';
import { NO_AXON } from './neuron-info.ts';
import { subnetName } from './subnet-names.ts';

/** What is asked about: a subnet after a block. */
export interface SubnetView {
  readonly state: State;
  readonly netuid: number;
  readonly block: number;
}

export interface MetagraphField {
  readonly type: AnyType;
  readonly read: (view: SubnetView) => unknown;
}

const field = <T>(type: ScaleType<T>, read: (view: SubnetView) => T): MetagraphField => ({ type, read });

/** A value of storage as it is. */
const stored = <T>(type: ScaleType<T>, item: StorageItem<[number], T>): MetagraphField =>
  field(type, ({ state, netuid }) => state.get(item, netuid));

/** Of each neuron, by uid. */
const each = <T>(type: ScaleType<T>, read: (view: SubnetView, hotkey: Uint8Array, uid: number) => T): MetagraphField =>
  field(vec(type), (view) => hotkeysOf(view.state, view.netuid).map((hotkey, uid) => read(view, hotkey, uid)));

const text = vec(compactU8);
const u16s = vec(compactU16);
const u64s = vec(compactU64);
const paid = tuple(accountId, compactU64);
const NEVER: ScaleType<readonly number[]> = u16s;
const MAX_WEIGHT = 65_535;

/**
 * All of a metagraph but its number, in its order, which numbers the fields for who asks for some only (from 1). Some are
 * retired: always 0, or a list of nothing. Source: pallets/subtensor/src/rpc_info/metagraph.rs (get_metagraph).
 */
export const METAGRAPH_FIELDS: Readonly<Record<string, MetagraphField>> = {
  name: field(text, ({ state, netuid }) => [...subnetName(state, netuid)]),
  symbol: field(text, ({ state, netuid }) => [...state.get(subnet.tokenSymbol, netuid)]),
  identity: field(option(subnetIdentity), ({ state, netuid }) => state.find(subnetIdentitiesV3, netuid)),
  networkRegisteredAt: stored(compactU64, subnet.networkRegisteredAt),
  ownerHotkey: stored(accountId, subnet.subnetOwnerHotkey),
  ownerColdkey: stored(accountId, subnet.subnetOwner),
  block: field(compactU64, ({ block }) => BigInt(block)),
  tempo: stored(compactU16, parameters.tempo),
  lastStep: stored(compactU64, subnet.lastMechanismStepBlock),
  blocksSinceLastStep: field(compactU64, ({ state, netuid, block }) => {
    const last = state.get(subnet.lastMechanismStepBlock, netuid);
    return BigInt(block) > last ? BigInt(block) - last : 0n;
  }),
  subnetEmission: field(compactU64, () => 0n),
  alphaIn: stored(compactU64, subnet.subnetAlphaIn),
  alphaOut: stored(compactU64, subnet.subnetAlphaOut),
  taoIn: stored(compactU64, subnet.subnetTao),
  alphaOutEmission: stored(compactU64, subnet.subnetAlphaOutEmission),
  alphaInEmission: stored(compactU64, subnet.subnetAlphaInEmission),
  taoInEmission: stored(compactU64, subnet.subnetTaoInEmission),
  pendingAlphaEmission: field(
    compactU64,
    ({ state, netuid }) =>
      state.get(subnet.pendingValidatorEmission, netuid) + state.get(subnet.pendingServerEmission, netuid),
  ),
  pendingRootEmission: field(compactU64, () => 0n),
  subnetVolume: stored(compactU128, subnet.subnetVolume),
  movingPrice: stored(i96f32, subnet.subnetMovingPrice),
  rho: stored(compactU16, parameters.rho),
  kappa: stored(compactU16, parameters.kappa),
  minAllowedWeights: stored(compactU16, parameters.minAllowedWeights),
  maxWeightsLimit: field(compactU16, () => MAX_WEIGHT),
  weightsVersion: stored(compactU64, parameters.weightsVersionKey),
  weightsRateLimit: stored(compactU64, parameters.weightsSetRateLimit),
  activityCutoff: field(compactU64, ({ state, netuid }) => BigInt(activityCutoffBlocks(state, netuid))),
  maxValidators: stored(compactU16, parameters.maxAllowedValidators),
  numUids: stored(compactU16, neurons.subnetworkN),
  maxUids: stored(compactU16, parameters.maxAllowedUids),
  burn: stored(compactU64, parameters.burn),
  difficulty: stored(compactU64, parameters.difficulty),
  registrationAllowed: stored(bool, parameters.networkRegistrationAllowed),
  powRegistrationAllowed: stored(bool, parameters.networkPowRegistrationAllowed),
  immunityPeriod: stored(compactU16, parameters.immunityPeriod),
  minDifficulty: stored(compactU64, parameters.minDifficulty),
  maxDifficulty: stored(compactU64, parameters.maxDifficulty),
  minBurn: stored(compactU64, parameters.minBurn),
  maxBurn: stored(compactU64, parameters.maxBurn),
  adjustmentAlpha: stored(compactU64, parameters.adjustmentAlpha),
  adjustmentInterval: stored(compactU16, parameters.adjustmentInterval),
  targetRegsPerInterval: stored(compactU16, parameters.targetRegistrationsPerInterval),
  maxRegsPerBlock: stored(compactU16, parameters.maxRegistrationsPerBlock),
  servingRateLimit: stored(compactU64, parameters.servingRateLimit),
  commitRevealWeightsEnabled: stored(bool, parameters.commitRevealWeightsEnabled),
  commitRevealPeriod: stored(compactU64, parameters.revealPeriodEpochs),
  liquidAlphaEnabled: stored(bool, parameters.liquidAlphaOn),
  alphaHigh: field(compactU16, ({ state, netuid }) => state.get(parameters.alphaValues, netuid)[1]),
  alphaLow: field(compactU16, ({ state, netuid }) => state.get(parameters.alphaValues, netuid)[0]),
  bondsMovingAvg: stored(compactU64, parameters.bondsMovingAverage),
  hotkeys: each(accountId, (_, hotkey) => hotkey),
  coldkeys: each(accountId, ({ state }, hotkey) => state.get(owner, hotkey)),
  identities: each(option(chainIdentity), ({ state }, hotkey) => state.find(identitiesV2, state.get(owner, hotkey))),
  axons: each(axonInfo, ({ state, netuid }, hotkey) => state.find(neurons.axons, netuid, hotkey) ?? NO_AXON),
  active: stored(vec(bool), neurons.active),
  validatorPermit: stored(vec(bool), neurons.validatorPermit),
  pruningScore: field(NEVER, () => []),
  lastUpdate: stored(u64s, neurons.lastUpdate),
  emission: stored(u64s, neurons.emission),
  dividends: stored(u16s, neurons.dividends),
  incentives: stored(u16s, neurons.incentive),
  consensus: stored(u16s, neurons.consensus),
  trust: field(NEVER, () => []),
  rank: field(NEVER, () => []),
  blockAtRegistration: each(compactU64, ({ state, netuid }, _, uid) =>
    state.get(neurons.blockAtRegistration, netuid, uid),
  ),
  alphaStake: each(compactU64, ({ state, netuid }, hotkey) => inheritedAlpha(state, netuid, hotkey)),
  taoStake: each(compactU64, ({ state, netuid }, hotkey) => inheritedRootTao(state, netuid, hotkey)),
  totalStake: each(compactU64, ({ state, netuid }, hotkey) => countedStake(state, netuid, hotkey)),
  taoDividendsPerHotkey: each(paid, (_, hotkey) => [hotkey, 0n] as const),
  alphaDividendsPerHotkey: each(
    paid,
    ({ state, netuid }, hotkey) => [hotkey, state.get(alphaDividendsPerSubnet, netuid, hotkey)] as const,
  ),
};
