import { toHex } from '#protocol/bytes.ts';
import { alpha, rao, ZERO_ALPHA } from '#protocol/units.ts';
import type { PendingEmission } from '../../pool/block-emission.ts';
import { type PayOut, payOut } from '../../pool/pay-out.ts';
import type { CallContext } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import type { NeuronTerms } from '../../yuma/neuron.ts';
import { ownerUids } from './owner-neurons.ts';
import { addRootClaimable } from './root-claims.ts';
import { hotkeysOf } from './run-epoch.ts';
import { shareDividends } from './share-dividends.ts';
import { addStake, addStakeForAll, stakeOfHotkey } from './share-pool.ts';
import { minerBurned } from './storage-epoch.ts';
import { SUBTENSOR } from './storage-item.ts';
import {
  alphaDividendsPerSubnet,
  autoStakeDestination,
  delegates,
  owner,
  rootAlphaDividendsPerSubnet,
  taoWeight,
  totalHotkeyAlpha,
  totalHotkeyAlphaLastEpoch,
} from './storage-stake.ts';
import { recycleOrBurnOf, subnetAlphaOut, subnetOwner, subnetOwnerHotkey } from './storage-subnet.ts';
import { ROOT } from './subnets.ts';

/**
 * Pays a subnet's neurons for its epoch, all in alpha that is staked at once: the owner its cut, miners under the hotkey
 * that their coldkey chose or their own, validators and their parents their take, and what is left to all who stake with
 * them. Source:
 * pallets/subtensor/src/coinbase/run_coinbase.rs (distribute_emission, distribute_dividends_and_incentives); how much each
 * gets is in `pool/pay-out.ts`. Left out: leases and locks.
 */
export function payNeurons(
  context: CallContext,
  netuid: number,
  pending: PendingEmission,
  terms: readonly NeuronTerms[],
): void {
  const { state } = context;
  const hotkeys = hotkeysOf(state, netuid);
  const owners = ownerUids(state, netuid);
  const earned = hotkeys.map((hotkey, uid) => ({ hotkey, dividend: terms[uid]?.validatorEmission ?? ZERO_ALPHA }));
  const validators = shareDividends(state, netuid, earned);
  const pay = payOut({
    ...{ pending, taoWeight: state.get(taoWeight), ownerUids: owners },
    mined: terms.map(({ serverEmission }) => serverEmission),
    validators: validators.map(({ hotkey, dividend }) => ({
      dividend,
      alphaStake: alpha(stakeOfHotkey(state, hotkey, netuid)),
      rootTao: rao(stakeOfHotkey(state, hotkey, ROOT)),
      take: state.get(delegates, hotkey),
    })),
  });
  payOwner(state, netuid, pay);
  // In the order of the hotkeys, as the chain goes through its maps.
  const order = hotkeys.map((hotkey, uid) => ({ hotkey, uid, key: toHex(hotkey) }));
  order.sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { hotkey, uid } of order) payMiner(context, netuid, hotkey, pay.mining[uid] ?? 0n);
  withhold(state, netuid, pay.withheld, terms);
  forget(state, netuid);
  validators.forEach(({ hotkey }, index) => payValidator(state, netuid, hotkey, pay.validators[index]));
}

function payOwner(state: State, netuid: number, { ownerCut }: PayOut): void {
  const hotkey = state.find(subnetOwnerHotkey, netuid);
  const coldkey = state.find(subnetOwner, netuid);
  if (hotkey !== undefined && coldkey !== undefined) give(state, hotkey, coldkey, netuid, ownerCut);
}

function payMiner({ state, deposit }: CallContext, netuid: number, hotkey: Uint8Array, incentive: bigint): void {
  const coldkey = state.get(owner, hotkey);
  const destination = state.find(autoStakeDestination, coldkey, netuid);
  if (destination !== undefined) {
    deposit(SUBTENSOR, 'AutoStakeAdded', { netuid, destination, hotkey, owner: coldkey, incentive });
  }
  give(state, destination ?? hotkey, coldkey, netuid, incentive);
}

/** Mining pay of the owner ceases to be, and lessens the subnet's part of the coming emission. */
function withhold(state: State, netuid: number, withheld: bigint, terms: readonly NeuronTerms[]): void {
  const mined = terms.reduce((sum, { serverEmission }) => sum + serverEmission, 0n);
  state.set(minerBurned, netuid, { bits: mined === 0n ? 0n : (withheld << 32n) / mined });
  // What is burned still counts as issued.
  if (state.get(recycleOrBurnOf, netuid).type === 'Recycle') {
    state.set(subnetAlphaOut, netuid, state.get(subnetAlphaOut, netuid) - withheld);
  }
}

function payValidator(
  state: State,
  netuid: number,
  hotkey: Uint8Array,
  pay: PayOut['validators'][number] | undefined,
): void {
  if (pay === undefined) return;
  const coldkey = state.get(owner, hotkey);
  give(state, hotkey, coldkey, netuid, pay.take);
  addStakeForAll(state, hotkey, netuid, pay.nominators);
  state.set(alphaDividendsPerSubnet, netuid, hotkey, pay.nominators);
  state.set(totalHotkeyAlphaLastEpoch, hotkey, netuid, state.get(totalHotkeyAlpha, hotkey, netuid));
  give(state, hotkey, coldkey, netuid, pay.rootTake);
  addRootClaimable(state, hotkey, netuid, pay.rootNominators);
  state.set(rootAlphaDividendsPerSubnet, netuid, hotkey, pay.rootNominators);
}

/** Dividends of the epoch before. */
function forget(state: State, netuid: number): void {
  state.removeAll(alphaDividendsPerSubnet, netuid);
  state.removeAll(rootAlphaDividendsPerSubnet, netuid);
}

function give(state: State, hotkey: Uint8Array, coldkey: Uint8Array, netuid: number, amount: bigint): void {
  if (amount > 0n) addStake(state, { hotkey, coldkey, netuid }, amount);
}
