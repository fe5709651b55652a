import { tuple, vec } from '../../scale/composites.ts';
import { accountId, bool, u16, u64 } from '../../scale/primitives.ts';
import { storageMap } from '../../metadata/pallet.ts';
import { NOBODY, ofMechanism, perAccountInSubnet, perNeuronKey, perSubnet, perUid, SUBTENSOR } from './storage-item.ts';
import { alpha64, axonInfo, prometheusInfo } from './types.ts';

/** The neurons of a subnet. Lists have an entry for each uid. */

export const subnetworkN = perSubnet('SubnetworkN', u16, 0);
export const uids = perNeuronKey<number>('Uids', u16);
export const keys = perUid('Keys', accountId, NOBODY);
export const isNetworkMember = perAccountInSubnet('IsNetworkMember', bool, false);
export const blockAtRegistration = perUid('BlockAtRegistration', u64, 0n);

export const active = perSubnet('Active', vec(bool), []);
/** u16 proportions of the last epoch. */
export const consensus = perSubnet('Consensus', vec(u16), []);
export const dividends = perSubnet('Dividends', vec(u16), []);
export const validatorTrust = perSubnet('ValidatorTrust', vec(u16), []);
export const validatorPermit = perSubnet('ValidatorPermit', vec(bool), []);
/** Alpha of the last epoch, of mining and validating together. */
export const emission = perSubnet('Emission', vec(alpha64), []);

const perMechanism = <T>(name: string, value: Parameters<typeof vec<T>>[0]) =>
  storageMap<[number], readonly T[]>(SUBTENSOR, name, [ofMechanism], vec(value), []);

export const incentive = perMechanism('Incentive', u16);
/** The block in which weights were last set. */
export const lastUpdate = perMechanism('LastUpdate', u64);

const row = vec(tuple(u16, u16));
/** Of a validator: pairs of a uid and its u16 weight. */
export const weights = perUid('Weights', row, []);
export const bonds = perUid('Bonds', row, []);

export const axons = perNeuronKey<Readonly<ReturnType<typeof axonInfo.codec.dec>>>('Axons', axonInfo);
export const prometheus = perNeuronKey<Readonly<ReturnType<typeof prometheusInfo.codec.dec>>>(
  'Prometheus',
  prometheusInfo,
);

export const NEURON_STORAGE = [
  subnetworkN,
  uids,
  keys,
  isNetworkMember,
  blockAtRegistration,
  active,
  consensus,
  dividends,
  validatorTrust,
  validatorPermit,
  emission,
  incentive,
  lastUpdate,
  weights,
  bonds,
  axons,
  prometheus,
];
