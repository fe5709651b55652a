import { type CallContext, DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { associateHotkey, becomeDelegate } from './hotkeys.ts';
import { appendNeuron, replaceNeuron } from './neuron-slots.ts';
import { hotkeysOf } from './run-epoch.ts';
import { stakeOfHotkey } from './share-pool.ts';
import { SUBTENSOR } from './storage-item.ts';
import { subnetworkN, uids } from './storage-neurons.ts';
import {
  maxAllowedUids,
  maxRegistrationsPerBlock,
  registrationsThisBlock,
  registrationsThisInterval,
  targetRegistrationsPerInterval,
} from './storage-parameters.ts';
import { networksAdded } from './storage-subnet.ts';
import { ROOT } from './subnets.ts';
import { ensure } from './validate-stake.ts';

/**
 * Gives a hotkey a uid on root, free of a price; when root is full, that of the one with the least stake, if it has less.
 * Source: pallets/subtensor/src/coinbase/root.rs (do_root_register), whose checks these are, in its order.
 * @throws DispatchFailure of SubtensorModule
 */
export function rootRegister(context: CallContext, hotkey: Uint8Array): void {
  const { state, blockNumber, deposit } = context;
  ensure(state.get(networksAdded, ROOT), 'RootNetworkDoesNotExist');
  const coldkey = signerOf(context);
  const inBlock = state.get(registrationsThisBlock, ROOT);
  const inInterval = state.get(registrationsThisInterval, ROOT);
  ensure(inBlock < state.get(maxRegistrationsPerBlock, ROOT), 'TooManyRegistrationsThisBlock');
  ensure(inInterval < state.get(targetRegistrationsPerInterval, ROOT) * 3, 'TooManyRegistrationsThisInterval');
  ensure(state.find(uids, ROOT, hotkey) === undefined, 'HotKeyAlreadyRegisteredInSubNet');
  associateHotkey(state, coldkey, hotkey);
  const neuron = { netuid: ROOT, hotkey, block: blockNumber };
  let uid = placeOf(state, hotkey);
  if (uid === null) uid = appendNeuron(state, neuron);
  else replaceNeuron(state, uid, neuron);
  becomeDelegate(state, hotkey);
  state.set(registrationsThisInterval, ROOT, inInterval + 1);
  state.set(registrationsThisBlock, ROOT, inBlock + 1);
  deposit(SUBTENSOR, 'NeuronRegistered', [ROOT, uid, hotkey]);
}

/** `null`: the next uid. @throws DispatchFailure StakeTooLowForRoot */
function placeOf(state: State, hotkey: Uint8Array): number | null {
  if (state.get(subnetworkN, ROOT) < state.get(maxAllowedUids, ROOT)) return null;
  const [least] = hotkeysOf(state, ROOT)
    .map((member, uid) => ({ uid, stake: stakeOfHotkey(state, member, ROOT) }))
    .toSorted((a, b) => (a.stake === b.stake ? a.uid - b.uid : a.stake < b.stake ? -1 : 1));
  if (least === undefined || least.stake >= stakeOfHotkey(state, hotkey, ROOT)) {
    throw new DispatchFailure(SUBTENSOR, 'StakeTooLowForRoot');
  }
  return least.uid;
}
