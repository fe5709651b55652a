import { struct } from '../../scale/composites.ts';
import { accountId, bytes } from '../../scale/primitives.ts';
import type { ScaleType, ValueOf } from '../../scale/scale-type.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import { SUBTENSOR } from './storage-item.ts';
import { netUid } from './types.ts';

/** What people say of themselves. Source: pallets/subtensor/src/lib.rs. All texts are UTF-8. */
export const chainIdentityFields = {
  name: bytes,
  url: bytes,
  githubRepo: bytes,
  image: bytes,
  discord: bytes,
  description: bytes,
  additional: bytes,
};
export const subnetIdentityFields = {
  subnetName: bytes,
  githubRepo: bytes,
  subnetContact: bytes,
  subnetUrl: bytes,
  discord: bytes,
  description: bytes,
  logoUrl: bytes,
  additional: bytes,
};
export const chainIdentity = struct('pallet_subtensor::pallet::ChainIdentityV2', chainIdentityFields);
export const subnetIdentity = struct('pallet_subtensor::pallet::SubnetIdentityV3', subnetIdentityFields);

const named = <K, T>(name: string, key: ScaleType<K>, value: ScaleType<T>) =>
  storageMap<[K], T>(SUBTENSOR, name, [mapKey('Blake2128Concat', key)], value);

/** Of a coldkey. */
export const identitiesV2 = named<Uint8Array, ValueOf<typeof chainIdentity>>('IdentitiesV2', accountId, chainIdentity);
export const subnetIdentitiesV3 = named<number, ValueOf<typeof subnetIdentity>>(
  'SubnetIdentitiesV3',
  netUid,
  subnetIdentity,
);

export const IDENTITY_STORAGE = [identitiesV2, subnetIdentitiesV3];
