import { accountId } from '../../scale/primitives.ts';
import type { ScaleType } from '../../scale/scale-type.ts';
import { mapKey, storageMap, storageValue } from '../../metadata/pallet.ts';
import { netUid, storageIndex } from './types.ts';

/** Of the pallet that has everything of Bittensor. */
export const SUBTENSOR = 'SubtensorModule';

export const ofSubnet = mapKey('Identity', netUid);
/** Of a subnet's mechanism. */
export const ofMechanism = mapKey('Identity', storageIndex);
const ofUid = mapKey('Identity', netUid);
export const ofAccount = mapKey('Blake2128Concat', accountId);

/** What `ValueQuery` gives for an account that is nobody's. */
export const NOBODY = new Uint8Array(32);

export const single = <T>(name: string, value: ScaleType<T>, fallback?: T) =>
  storageValue(SUBTENSOR, name, value, fallback);

export const perSubnet = <T>(name: string, value: ScaleType<T>, fallback?: T) =>
  storageMap<[number], T>(SUBTENSOR, name, [ofSubnet], value, fallback);

export const perAccount = <T>(name: string, value: ScaleType<T>, fallback?: T) =>
  storageMap<[Uint8Array], T>(SUBTENSOR, name, [ofAccount], value, fallback);

/** First the subnet, then the hotkey. */
export const perNeuronKey = <T>(name: string, value: ScaleType<T>, fallback?: T) =>
  storageMap<[number, Uint8Array], T>(SUBTENSOR, name, [ofSubnet, ofAccount], value, fallback);

/** First the account, then the subnet. */
export const perAccountInSubnet = <T>(name: string, value: ScaleType<T>, fallback?: T) =>
  storageMap<[Uint8Array, number], T>(SUBTENSOR, name, [ofAccount, ofSubnet], value, fallback);

/** First the subnet (or its mechanism), then the uid. */
export const perUid = <T>(name: string, value: ScaleType<T>, fallback?: T) =>
  storageMap<[number, number], T>(SUBTENSOR, name, [ofMechanism, ofUid], value, fallback);
