import type { Uid } from '#protocol/ids.ts';
import type { State } from '../../runtime/state.ts';
import { blockAtRegistration, uids } from './storage-neurons.ts';
import { immuneOwnerUidsLimit } from './storage-parameters.ts';
import { ownedHotkeys } from './storage-stake.ts';
import { subnetOwner, subnetOwnerHotkey } from './storage-subnet.ts';

/** Of the hotkey that the subnet's owner runs it with. Source: pallets/subtensor/src/utils/misc.rs (get_owner_uid). */
export function ownerUid(state: State, netuid: number): Uid | undefined {
  const hotkey = state.find(subnetOwnerHotkey, netuid);
  return hotkey === undefined ? undefined : (state.find(uids, netuid, hotkey) as Uid | undefined);
}

/** All uids of the owner: what they earn by mining is withheld. Source: coinbase/run_coinbase.rs (get_owner_hotkeys). */
export const ownerUids = (state: State, netuid: number): ReadonlySet<Uid> =>
  new Set([...present(ownerUid(state, netuid)), ...ownedUids(state, netuid)]);

/**
 * The owner's that are never replaced: the oldest few, that of the owner's hotkey first. Source:
 * subnets/registration.rs (get_immune_owner_tuples).
 */
export function immuneOwnerUids(state: State, netuid: number): ReadonlySet<Uid> {
  const registeredAt = (uid: Uid): bigint => state.get(blockAtRegistration, netuid, uid);
  const limit = state.get(immuneOwnerUidsLimit, netuid);
  const oldest = ownedUids(state, netuid)
    .toSorted((a, b) => Number(registeredAt(a) - registeredAt(b)) || a - b)
    .slice(0, limit);
  const own = ownerUid(state, netuid);
  const all = own === undefined || oldest.includes(own) ? oldest : [own, ...oldest];
  return new Set(all.slice(0, limit));
}

const ownedUids = (state: State, netuid: number): readonly Uid[] =>
  state
    .get(ownedHotkeys, state.get(subnetOwner, netuid))
    .flatMap((hotkey) => present(state.find(uids, netuid, hotkey) as Uid | undefined));

const present = (uid: Uid | undefined): readonly Uid[] => (uid === undefined ? [] : [uid]);
