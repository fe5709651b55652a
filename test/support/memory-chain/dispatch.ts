import { assertNever } from '#protocol/assert-never.ts';
import {
  type ChainCall,
  type Commitment,
  MAX_COMMITMENT_FIELD_BYTES,
  MAX_COMMITMENT_FIELDS,
  type Neuron,
  type WeightEntry,
} from '#protocol/chain/chain-client.ts';
import type { SignedCall } from './signed-call.ts';
import type { Coldkey, Hotkey, Uid } from '#protocol/ids.ts';
import { addRao, type Rao, rao, ZERO_RAO } from '#protocol/units.ts';
import { balanceOf, type ChainState, MAX_NEURONS, neuronOf, nonceOf } from './state.ts';

export type DispatchResult =
  | { readonly kind: 'applied'; readonly state: ChainState }
  | { readonly kind: 'refused'; readonly error: string; readonly message: string };

/**
 * Applies one call in `block`. A refused call changes nothing, not even the nonce, so that strangers cannot fill the state.
 * Whoever sees a refused call could send it again; its signer voids it by using the nonce for another one.
 */
export function dispatch(state: ChainState, { signer, nonce, call }: SignedCall, block: number): DispatchResult {
  const expected = nonceOf(state, signer);
  if (nonce !== expected) return refuse('StaleNonce', `Nonce ${nonce} of ${signer}; the next one is ${expected}`);
  if (call.kind !== 'transfer' && call.netuid !== state.parameters.netuid)
    return refuse('SubnetNotExists', `There is no subnet ${call.netuid}`);
  const result = perform(state, signer, call, block);
  if (result.kind === 'refused') return result;
  return {
    kind: 'applied',
    state: { ...result.state, nonces: new Map(state.nonces).set(signer, nonce + 1) },
  };
}

function perform(state: ChainState, signer: string, call: ChainCall, block: number): DispatchResult {
  switch (call.kind) {
    case 'register':
      return register(state, signer as Coldkey, call.hotkey, block);
    case 'transfer':
      return transfer(state, signer as Coldkey, call.to, call.amountRao);
    case 'set-weights':
      return setWeights(state, signer as Hotkey, call.weights, block);
    case 'commit-weights':
    case 'reveal-weights':
      return refuse('CommitRevealDisabled', 'Weights are set openly in this subnet');
    case 'set-commitment':
      return setCommitment(state, signer as Hotkey, call.fields, block);
    default:
      return assertNever(call, 'call');
  }
}

function transfer(state: ChainState, from: Coldkey, to: Coldkey, amount: Rao): DispatchResult {
  const left = balanceOf(state, from) - amount;
  if (left < 0n) return refuse('InsufficientBalance', `${from} has too little`);
  const balances = new Map(state.balances).set(from, rao(left));
  balances.set(to, addRao(balances.get(to) ?? ZERO_RAO, amount));
  return { kind: 'applied', state: { ...state, balances } };
}

/** Free of charge in this first form, and nobody is pruned: a full subnet stays full. */
function register(state: ChainState, coldkey: Coldkey, hotkey: Hotkey, block: number): DispatchResult {
  const neuron = neuronOf(state, hotkey);
  const { ownerHotkey, ownerColdkey } = state.parameters;
  const holder = neuron?.coldkey ?? (hotkey === ownerHotkey ? ownerColdkey : coldkey);
  if (holder !== coldkey) return refuse('NonAssociatedColdKey', `The hotkey ${hotkey} belongs to another coldkey`);
  if (neuron !== undefined) {
    return refuse('HotKeyAlreadyRegisteredInSubNet', `The hotkey ${hotkey} is registered as uid ${neuron.uid}`);
  }
  if (state.neurons.length >= MAX_NEURONS) {
    return refuse('SubnetFull', `All ${MAX_NEURONS} places of subnet ${state.parameters.netuid} are taken`);
  }
  const added: Neuron = {
    uid: state.neurons.length as Uid,
    hotkey,
    coldkey,
    stakeRao: ZERO_RAO,
    validatorPermit: false,
    registeredAtBlock: block,
    emissionRao: ZERO_RAO,
    incentive: 0,
  };
  return { kind: 'applied', state: { ...state, neurons: [...state.neurons, added] } };
}

/** Replaces the validator's weights; an empty list takes them back. */
function setWeights(state: ChainState, hotkey: Hotkey, entries: readonly WeightEntry[], block: number): DispatchResult {
  const neuron = neuronOf(state, hotkey);
  if (neuron === undefined) return notRegistered(hotkey);
  if (!neuron.validatorPermit) {
    return refuse('NeuronNoValidatorPermit', `The hotkey ${hotkey} has no stake and may not set weights`);
  }
  const seen = new Set<Uid>();
  for (const { uid } of entries) {
    if (uid >= state.neurons.length) return refuse('UidNotFound', `There is no uid ${uid}`);
    if (seen.has(uid)) return refuse('Malformed', `uid ${uid} is given a weight twice`);
    seen.add(uid);
  }
  return { kind: 'applied', state: { ...state, weights: new Map(state.weights).set(neuron.uid, { block, entries }) } };
}

/** For neurons, and for the subnet's owner, who publishes the run. */
function setCommitment(
  state: ChainState,
  hotkey: Hotkey,
  fields: readonly Uint8Array[],
  block: number,
): DispatchResult {
  if (neuronOf(state, hotkey) === undefined && hotkey !== state.parameters.ownerHotkey) return notRegistered(hotkey);
  if (fields.length > MAX_COMMITMENT_FIELDS) {
    return refuse('TooManyFieldsInCommitmentInfo', `${fields.length} fields; at most ${MAX_COMMITMENT_FIELDS}`);
  }
  for (const [index, field] of fields.entries()) {
    if (field.length > MAX_COMMITMENT_FIELD_BYTES) {
      const message = `Field ${index} has ${field.length} bytes; at most ${MAX_COMMITMENT_FIELD_BYTES}`;
      return refuse('FieldTooLarge', message);
    }
  }
  const commitment: Commitment = { hotkey, block, fields };
  return {
    kind: 'applied',
    state: { ...state, commitments: new Map(state.commitments).set(hotkey, commitment) },
  };
}

const refuse = (error: string, message: string): DispatchResult => ({ kind: 'refused', error, message });

const notRegistered = (hotkey: Hotkey): DispatchResult =>
  refuse('HotKeyNotRegisteredInSubNet', `The hotkey ${hotkey} is not registered in this subnet`);
