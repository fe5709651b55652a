import { alpha } from '#protocol/units.ts';
import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import { freeBalance, spendable, transfer } from '../../runtime/money.ts';
import type { State } from '../../runtime/state.ts';
import { uidToPrune } from '../../yuma/pruning.ts';
import { sameAccount } from './account-list.ts';
import { raiseBurnPrice } from './burn-price.ts';
import { associateHotkey } from './hotkeys.ts';
import { appendNeuron, replaceNeuron } from './neuron-slots.ts';
import { immuneOwnerUids } from './owner-neurons.ts';
import { SUBTENSOR } from './storage-item.ts';
import { blockAtRegistration, emission, subnetworkN, uids } from './storage-neurons.ts';
import {
  burn,
  immunityPeriod,
  maxAllowedUids,
  minNonImmuneUids,
  networkRegistrationAllowed,
  raoRecycledForRegistration,
  registrationsThisBlock,
} from './storage-parameters.ts';
import { owner } from './storage-stake.ts';
import { subnetAlphaOut, subnetTaoFlow } from './storage-subnet.ts';
import { subnetAccount } from './subnet-account.ts';
import { requireSubnet, ROOT } from './subnets.ts';
import { buyAlpha } from './trade.ts';
import { ensure } from './validate-stake.ts';

/**
 * Gives a hotkey a uid in a subnet. The coldkey that signs pays the price, which buys alpha that ceases to be; the hotkey
 * becomes the coldkey's unless it is another's. Source: pallets/subtensor/src/subnets/registration.rs (do_register), whose
 * checks these are, in its order.
 * @throws DispatchFailure of SubtensorModule, or of Swap when the pool is too small
 */
export function register(context: CallContext, netuid: number, hotkey: Uint8Array): void {
  const { state, deposit, blockNumber } = context;
  const coldkey = signerOf(context);
  requireRegistrable(state, netuid);
  ensure(state.get(networkRegistrationAllowed, netuid), 'SubNetRegistrationDisabled');
  ensure(state.find(uids, netuid, hotkey) === undefined, 'HotKeyAlreadyRegisteredInSubNet');
  const cost = state.get(burn, netuid);
  ensure(cost <= freeBalance(state, coldkey), 'NotEnoughBalanceToStake');
  associateHotkey(state, coldkey, hotkey);
  ensure(sameAccount(state.get(owner, hotkey), coldkey), 'NonAssociatedColdKey');
  const slot = freeSlot(state, netuid, blockNumber);

  const paid = payPrice(context, netuid, coldkey, cost);
  const neuron = { netuid, hotkey, block: blockNumber };
  let uid = slot;
  if (uid === null) uid = appendNeuron(state, neuron);
  else replaceNeuron(state, uid, neuron);

  raiseBurnPrice(state, netuid);
  state.set(registrationsThisBlock, netuid, state.get(registrationsThisBlock, netuid) + 1);
  state.set(raoRecycledForRegistration, netuid, state.get(raoRecycledForRegistration, netuid) + cost);
  state.set(subnetTaoFlow, netuid, state.get(subnetTaoFlow, netuid) + paid);
  deposit(SUBTENSOR, 'NeuronRegistered', [netuid, uid, hotkey]);
}

/** As much of it as leaves the coldkey in being buys alpha, which nobody gets. @returns rao */
function payPrice(context: CallContext, netuid: number, coldkey: Uint8Array, cost: bigint): bigint {
  if (cost === 0n) return 0n;
  const { state } = context;
  const most = spendable(state, coldkey);
  const amountRao = cost < most ? cost : most;
  ensure(amountRao > 0n, 'InsufficientBalance');
  transfer(context, { from: coldkey, to: subnetAccount(netuid), amountRao, keepAlive: true });
  const { paidOut } = buyAlpha(context, netuid, amountRao, {});
  const outside = state.get(subnetAlphaOut, netuid) - paidOut;
  state.set(subnetAlphaOut, netuid, outside < 0n ? 0n : outside);
  return amountRao;
}

/**
 * The same, unless it costs more than the limit.
 * @throws DispatchFailure RegistrationPriceLimitExceeded
 */
export function registerLimit(context: CallContext, netuid: number, hotkey: Uint8Array, limitRao: bigint): void {
  signerOf(context);
  requireRegistrable(context.state, netuid);
  ensure(context.state.get(burn, netuid) <= limitRao, 'RegistrationPriceLimitExceeded');
  register(context, netuid, hotkey);
}

function requireRegistrable(state: State, netuid: number): void {
  ensure(netuid !== ROOT, 'RegistrationNotPermittedOnRootSubnet');
  requireSubnet(state, netuid);
}

/** `null`: the next uid; else whose uid the newcomer takes. @throws DispatchFailure NoNeuronIdAvailable */
function freeSlot(state: State, netuid: number, block: number): number | null {
  const most = state.get(maxAllowedUids, netuid);
  const count = state.get(subnetworkN, netuid);
  ensure(most !== 0, 'NoNeuronIdAvailable');
  if (count < most) return null;
  const emissions = state.get(emission, netuid);
  const uid = uidToPrune({
    block,
    immunityPeriod: state.get(immunityPeriod, netuid),
    minNonImmuneUids: state.get(minNonImmuneUids, netuid),
    ownerUids: immuneOwnerUids(state, netuid),
    neurons: Array.from({ length: count }, (_, index) => ({
      emission: alpha(emissions[index] ?? 0n),
      registeredAtBlock: Number(state.get(blockAtRegistration, netuid, index)),
    })),
  });
  ensure(uid !== undefined, 'NoNeuronIdAvailable');
  return uid ?? null;
}
