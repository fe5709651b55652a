import { accountId, bool, bytes, i64, u128, u16, u64 } from '../../scale/primitives.ts';
import { NOBODY, perSubnet, single } from './storage-item.ts';
import { alpha64, i96f32, rao64, recycleOrBurn, type RecycleOrBurn, u96f32 } from './types.ts';

/** Which subnets there are, what their pools hold and what waits for their epoch. */

export const totalNetworks = single('TotalNetworks', u16, 0);
export const networksAdded = perSubnet('NetworksAdded', bool, false);
/** 1: alpha is traded in a pool; 0: alpha is TAO, as on root. */
export const subnetMechanism = perSubnet('SubnetMechanism', u16, 0);
export const subnetOwner = perSubnet('SubnetOwner', accountId, NOBODY);
export const subnetOwnerHotkey = perSubnet('SubnetOwnerHotkey', accountId, NOBODY);
export const networkRegisteredAt = perSubnet('NetworkRegisteredAt', u64, 0n);
/** How many subnets have had this number. */
export const registeredSubnetCounter = perSubnet('RegisteredSubnetCounter', u64, 0n);
/** From this block on the subnet is paid. */
export const firstEmissionBlockNumber = perSubnet<bigint>('FirstEmissionBlockNumber', u64);
/** Whether its alpha may be staked and unstaked. */
export const subtokenEnabled = perSubnet('SubtokenEnabled', bool, false);
/** Whether its stake may be given to others. */
export const transferToggle = perSubnet('TransferToggle', bool, true);
/** UTF-8. The default is 𝜏. */
export const tokenSymbol = perSubnet('TokenSymbol', bytes, new TextEncoder().encode('𝜏'));

/** TAO of the pool; on root all TAO that is staked there. It lies on the subnet's account. */
export const subnetTao = perSubnet('SubnetTAO', rao64, 0n);
export const subnetAlphaIn = perSubnet('SubnetAlphaIn', alpha64, 0n);
/** Alpha outside of the pool. */
export const subnetAlphaOut = perSubnet('SubnetAlphaOut', alpha64, 0n);
/** Alpha that the chain has bought for itself. */
export const subnetProtocolAlpha = perSubnet('SubnetProtocolAlpha', alpha64, 0n);
/** Rao that were ever traded. */
export const subnetVolume = perSubnet('SubnetVolume', u128, 0n);
export const subnetMovingPrice = perSubnet('SubnetMovingPrice', i96f32, { bits: 0n });
/** Rao that came in by stake less what went out, since the flow was last looked at. */
export const subnetTaoFlow = perSubnet('SubnetTaoFlow', i64, 0n);
export const subnetLocked = perSubnet('SubnetLocked', rao64, 0n);
export const rootProp = perSubnet('RootProp', u96f32, { bits: 0n });

/** Of the last block. */
export const blockEmission = single('BlockEmission', u64, 1_000_000_000n);
export const subnetAlphaInEmission = perSubnet('SubnetAlphaInEmission', alpha64, 0n);
export const subnetAlphaOutEmission = perSubnet('SubnetAlphaOutEmission', alpha64, 0n);
export const subnetTaoInEmission = perSubnet('SubnetTaoInEmission', rao64, 0n);
export const subnetExcessTao = perSubnet('SubnetExcessTao', rao64, 0n);
export const subnetEmissionEnabled = perSubnet('SubnetEmissionEnabled', bool, true);

/** Alpha that waits for the epoch. */
export const pendingServerEmission = perSubnet('PendingServerEmission', alpha64, 0n);
export const pendingValidatorEmission = perSubnet('PendingValidatorEmission', alpha64, 0n);
export const pendingRootAlphaDivs = perSubnet('PendingRootAlphaDivs', alpha64, 0n);
export const pendingOwnerCut = perSubnet('PendingOwnerCut', alpha64, 0n);
export const recycleOrBurnOf = perSubnet<RecycleOrBurn>('RecycleOrBurn', recycleOrBurn, {
  type: 'Burn',
  value: undefined,
});

/** When its epochs were and will be. */
export const blocksSinceLastStep = perSubnet('BlocksSinceLastStep', u64, 0n);
/** (Spelt so on the chain.) */
export const lastMechanismStepBlock = perSubnet('LastMechansimStepBlock', u64, 0n);
export const lastEpochBlock = perSubnet('LastEpochBlock', u64, 0n);
export const pendingEpochAt = perSubnet('PendingEpochAt', u64, 0n);
export const subnetEpochIndex = perSubnet('SubnetEpochIndex', u64, 0n);

export const SUBNET_STORAGE = [
  totalNetworks,
  networksAdded,
  subnetMechanism,
  subnetOwner,
  subnetOwnerHotkey,
  networkRegisteredAt,
  registeredSubnetCounter,
  firstEmissionBlockNumber,
  subtokenEnabled,
  transferToggle,
  tokenSymbol,
  subnetTao,
  subnetAlphaIn,
  subnetAlphaOut,
  subnetProtocolAlpha,
  subnetVolume,
  subnetMovingPrice,
  subnetTaoFlow,
  subnetLocked,
  rootProp,
  blockEmission,
  subnetAlphaInEmission,
  subnetAlphaOutEmission,
  subnetTaoInEmission,
  subnetExcessTao,
  subnetEmissionEnabled,
  pendingServerEmission,
  pendingValidatorEmission,
  pendingRootAlphaDivs,
  pendingOwnerCut,
  recycleOrBurnOf,
  blocksSinceLastStep,
  lastMechanismStepBlock,
  lastEpochBlock,
  pendingEpochAt,
  subnetEpochIndex,
];
