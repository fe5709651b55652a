import type { State } from '../../runtime/state.ts';
import { sameAccount } from './account-list.ts';
import { append, setAt, setLastUpdate } from './neuron-lists.ts';
import { stakeWeight } from './storage-epoch.ts';
import {
  active,
  axons,
  blockAtRegistration,
  bonds,
  consensus,
  dividends,
  emission,
  incentive,
  isNetworkMember,
  keys,
  prometheus,
  subnetworkN,
  uids,
  validatorPermit,
  validatorTrust,
  weights,
} from './storage-neurons.ts';
import { subnetOwnerHotkey } from './storage-subnet.ts';

export interface NewNeuron {
  readonly netuid: number;
  readonly hotkey: Uint8Array;
  readonly block: number;
}

/** Gives a hotkey the next uid. Source: pallets/subtensor/src/subnets/uids.rs (append_neuron). */
export function appendNeuron(state: State, neuron: NewNeuron): number {
  const { netuid, block } = neuron;
  const uid = state.get(subnetworkN, netuid);
  state.set(subnetworkN, netuid, uid + 1);
  append(state, active, netuid, true);
  append(state, emission, netuid, 0n);
  append(state, consensus, netuid, 0);
  append(state, incentive, netuid, 0);
  setLastUpdate(state, netuid, uid, block);
  append(state, dividends, netuid, 0);
  append(state, validatorTrust, netuid, 0);
  append(state, validatorPermit, netuid, false);
  occupy(state, uid, neuron);
  return uid;
}

/**
 * Gives a hotkey the uid of another one, which loses all that it had there but its stake. The hotkey of the subnet's owner
 * stays. Source: uids.rs (replace_neuron, clear_neuron).
 */
export function replaceNeuron(state: State, uid: number, neuron: NewNeuron): void {
  const { netuid, block } = neuron;
  const old = state.get(keys, netuid, uid);
  const owners = state.find(subnetOwnerHotkey, netuid);
  if (owners !== undefined && sameAccount(owners, old)) return;
  state.remove(uids, netuid, old);
  state.remove(isNetworkMember, old, netuid);
  setAt(state, active, netuid, uid, true);
  occupy(state, uid, neuron);
  state.remove(axons, netuid, old);
  state.remove(prometheus, netuid, old);
  clear(state, netuid, uid);
  setLastUpdate(state, netuid, uid, block);
}

function occupy(state: State, uid: number, { netuid, hotkey, block }: NewNeuron): void {
  state.set(keys, netuid, uid, hotkey);
  state.set(uids, netuid, hotkey, uid);
  state.set(blockAtRegistration, netuid, uid, BigInt(block));
  state.set(isNetworkMember, hotkey, netuid, true);
}

/** What others say of the uid counts no longer either. */
function clear(state: State, netuid: number, uid: number): void {
  setAt(state, emission, netuid, uid, 0n);
  setAt(state, consensus, netuid, uid, 0);
  setAt(state, incentive, netuid, uid, 0);
  state.remove(bonds, netuid, uid);
  state.remove(weights, netuid, uid);
  for (let validator = 0; validator < state.get(subnetworkN, netuid); validator += 1) {
    const row = state.find(weights, netuid, validator);
    if (row?.some(([miner]) => miner === uid) !== true) continue;
    state.set(
      weights,
      netuid,
      validator,
      row.map(([miner, weight]) => [miner, miner === uid ? 0 : weight] as const),
    );
  }
  setAt(state, dividends, netuid, uid, 0);
  setAt(state, stakeWeight, netuid, uid, 0);
  setAt(state, validatorTrust, netuid, uid, 0);
  setAt(state, validatorPermit, netuid, uid, false);
}
