import { fromHex } from '#protocol/bytes.ts';
import { option, struct, tuple, vec } from '../scale/composites.ts';
import { accountId, compactU16, compactU8 } from '../scale/primitives.ts';
import type { AnyType } from '../scale/scale-type.ts';
import { commitmentOf } from '../pallets/commitments/storage.ts';
import { countedStake } from '../pallets/subtensor/counted-stake.ts';
import { hotkeysOf } from '../pallets/subtensor/run-epoch.ts';
import { validatorPermit } from '../pallets/subtensor/storage-neurons.ts';
import { stakeThreshold } from '../pallets/subtensor/storage-parameters.ts';
import { storageKey } from '../runtime/storage-key.ts';
import { METAGRAPH_FIELDS, type MetagraphField, type SubnetView } from './metagraph-fields.ts';

const PATH = 'pallet_subtensor::rpc_info::metagraph';

/** Uids with a permit and more stake than the threshold, the least first. Source: metagraph.rs (get_validators). */
function validatorsOf({ state, netuid }: SubnetView): readonly number[] {
  const permits = state.get(validatorPermit, netuid);
  const threshold = state.get(stakeThreshold);
  return hotkeysOf(state, netuid)
    .map((hotkey, uid) => ({ uid, stake: countedStake(state, netuid, hotkey) }))
    .filter(({ uid, stake }) => permits[uid] === true && stake > threshold)
    .toSorted((a, b) => (a.stake === b.stake ? a.uid - b.uid : a.stake < b.stake ? -1 : 1))
    .map(({ uid }) => uid);
}

const ACCOUNT_HEX = 64;

/** What hotkeys have committed to the chain, in SCALE as storage has it. */
const commitmentsOf = ({ state, netuid }: SubnetView): readonly (readonly [Uint8Array, readonly number[]])[] =>
  state
    .keys(storageKey(commitmentOf, [netuid]))
    .map((key) => [fromHex(key.slice(-ACCOUNT_HEX)), [...(state.raw(key) ?? [])]] as const);

/** Only for who asks for some fields; numbered after the others. */
const SELECTIVE_FIELDS: Readonly<Record<string, MetagraphField>> = {
  ...METAGRAPH_FIELDS,
  validators: { type: vec(compactU16), read: validatorsOf },
  commitments: { type: vec(tuple(accountId, vec(compactU8))), read: commitmentsOf },
};
const NAMES = Object.keys(SELECTIVE_FIELDS);

const typesOf = (fields: Readonly<Record<string, MetagraphField>>, wrap: (type: AnyType) => AnyType) =>
  Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, wrap(type)]));

export const metagraph = struct(`${PATH}::Metagraph`, {
  netuid: compactU16,
  ...typesOf(METAGRAPH_FIELDS, (type) => type),
});
export const selectiveMetagraph = struct(`${PATH}::SelectiveMetagraph`, {
  netuid: compactU16,
  ...typesOf(SELECTIVE_FIELDS, option),
});

export const metagraphOf = (view: SubnetView): Readonly<Record<string, unknown>> & { readonly netuid: number } => ({
  ...Object.fromEntries(Object.entries(METAGRAPH_FIELDS).map(([name, { read }]) => [name, read(view)])),
  netuid: view.netuid,
});

/**
 * Only what is asked for; numbers that are no field's are passed over. Source: metagraph.rs (get_selective_metagraph).
 * @param indexes 0 is the netuid, without which it reads 0
 */
export const selectiveMetagraphOf = (view: SubnetView, indexes: readonly number[]) => {
  const asked = new Set(indexes.map((index) => NAMES[index - 1]));
  return {
    ...Object.fromEntries(
      Object.entries(SELECTIVE_FIELDS).map(([name, { read }]) => [name, asked.has(name) ? read(view) : undefined]),
    ),
    netuid: indexes.includes(0) ? view.netuid : 0,
  };
};
