import type { bytes } from '../../scale/primitives.ts';
import type { FieldValues } from '../../scale/composites.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { storageKey } from '../../runtime/storage-key.ts';
import { sameAccount } from './account-list.ts';
import { chainIdentityFields, identitiesV2, subnetIdentitiesV3, subnetIdentityFields } from './storage-identity.ts';
import { SUBTENSOR } from './storage-item.ts';
import { isNetworkMember } from './storage-neurons.ts';
import { ownedHotkeys } from './storage-stake.ts';
import { subnetOwner } from './storage-subnet.ts';
import { netUid } from './types.ts';
import { ensure } from './validate-stake.ts';

/** Bytes of UTF-8. */
const SHORT = 256;
const LONG = 1024;
const MOST_OF_COLDKEY: Readonly<Record<keyof typeof chainIdentityFields, number>> = {
  ...{ name: SHORT, url: SHORT, githubRepo: SHORT, image: LONG, discord: SHORT, description: LONG, additional: LONG },
};
const MOST_OF_SUBNET: Readonly<Record<keyof typeof subnetIdentityFields, number>> = {
  ...{ subnetName: SHORT, githubRepo: LONG, subnetContact: LONG, subnetUrl: LONG, discord: SHORT },
  ...{ description: LONG, logoUrl: LONG, additional: LONG },
};

const fits = (texts: Readonly<Record<string, Uint8Array>>, most: Readonly<Record<string, number>>): boolean =>
  Object.entries(texts).every(([name, text]) => text.length <= (most[name] ?? 0));

const isRegistered = (state: State, hotkey: Uint8Array): boolean =>
  state.keys(storageKey(isNetworkMember, [hotkey])).length > 0;

/** What coldkeys say of themselves, and owners of their subnets. Source: pallets/subtensor/src/utils/identity.rs. */
export const IDENTITY_CALLS: Readonly<Record<string, CallDefinition>> = {
  set_identity: call(68, chainIdentityFields, (context, identity) => {
    const { state, deposit } = context;
    const coldkey = signerOf(context);
    const hotkeys = state.get(ownedHotkeys, coldkey);
    ensure(
      hotkeys.some((hotkey) => isRegistered(state, hotkey)),
      'HotKeyNotRegisteredInNetwork',
    );
    ensure(fits(identity, MOST_OF_COLDKEY), 'InvalidIdentity');
    state.set(identitiesV2, coldkey, identity);
    deposit(SUBTENSOR, 'ChainIdentitySet', coldkey);
  }),
  set_subnet_identity: call(78, { netuid: netUid, ...subnetIdentityFields }, (context, { netuid, ...identity }) => {
    const { state, deposit } = context;
    ensure(sameAccount(state.get(subnetOwner, netuid), signerOf(context)), 'NotSubnetOwner');
    ensure(fits(identity, MOST_OF_SUBNET), 'InvalidIdentity');
    state.set(subnetIdentitiesV3, netuid, identity);
    deposit(SUBTENSOR, 'SubnetIdentitySet', netuid);
  }),
};
