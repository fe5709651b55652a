import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { toHex } from '#protocol/bytes.ts';
import { accountId, h256 } from '../../scale/primitives.ts';
import { call, type CallDefinition } from '../../metadata/pallet.ts';
import { type CallContext, DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import { attempt } from '../../runtime/attempt.ts';
import { changeIssuance } from '../../runtime/issuance.ts';
import { debit } from '../../runtime/money.ts';
import { SUBTENSOR } from './storage-item.ts';
import {
  coldkeySwapAnnouncementDelay,
  coldkeySwapDisputes,
  coldkeySwapReannouncementDelay,
} from './storage-coldkey-swap.ts';
import { coldkeySwapAnnouncements } from './storage-stake.ts';
import { swapColdkey } from './swap-coldkey.ts';
import { ensure } from './validate-stake.ts';

/** 0.1 TAO (runtime/src/lib.rs: SubtensorInitialKeySwapCost). */
const SWAP_COST_RAO = 100_000_000n;

/**
 * Changing a coldkey for another takes days, in which its owner can dispute what a thief has announced. Source:
 * pallets/subtensor/src/macros/dispatches.rs.
 */
export const COLDKEY_SWAP_CALLS: Readonly<Record<string, CallDefinition>> = {
  schedule_swap_coldkey: call(73, { newColdkey: accountId }, () => {
    throw new DispatchFailure(SUBTENSOR, 'Deprecated');
  }),
  /** Costs 0.1 TAO the first time. */
  announce_coldkey_swap: call(125, { newColdkeyHash: h256 }, (context, { newColdkeyHash }) => {
    const { state, blockNumber, deposit } = context;
    const who = signerOf(context);
    const before = state.find(coldkeySwapAnnouncements, who);
    if (before === undefined) payForSwap(context, who);
    else ensure(hasRested(context, before), 'ColdkeySwapReannouncedTooEarly');
    const when = blockNumber + state.get(coldkeySwapAnnouncementDelay);
    state.set(coldkeySwapAnnouncements, who, [when, newColdkeyHash]);
    deposit(SUBTENSOR, 'ColdkeySwapAnnounced', { who, newColdkeyHash });
  }),
  swap_coldkey_announced: call(126, { newColdkey: accountId }, (context, { newColdkey }) => {
    const { state, blockNumber } = context;
    const who = signerOf(context);
    const [when, hash] = requireAnnouncement(context, who);
    ensure(toHex(hash) === toHex(Blake2256(newColdkey)), 'AnnouncedColdkeyHashDoesNotMatch');
    ensure(blockNumber >= when, 'ColdkeySwapTooEarly');
    state.remove(coldkeySwapAnnouncements, who);
    swapColdkey(context, who, newColdkey);
  }),
  /** Holds the swap until the chain's governance has decided, which is never here. */
  dispute_coldkey_swap: call(127, {}, (context) => {
    const { state, blockNumber, deposit } = context;
    const coldkey = signerOf(context);
    requireAnnouncement(context, coldkey);
    ensure(state.find(coldkeySwapDisputes, coldkey) === undefined, 'ColdkeySwapAlreadyDisputed');
    state.set(coldkeySwapDisputes, coldkey, blockNumber);
    deposit(SUBTENSOR, 'ColdkeySwapDisputed', { coldkey });
  }),
  reset_coldkey_swap: call(128, { coldkey: accountId }, ({ state, origin, deposit }, { coldkey }) => {
    if (origin.kind !== 'root') throw new DispatchFailure(null, 'BadOrigin');
    state.remove(coldkeySwapAnnouncements, coldkey);
    state.remove(coldkeySwapDisputes, coldkey);
    deposit(SUBTENSOR, 'ColdkeySwapReset', { who: coldkey });
  }),
  clear_coldkey_swap_announcement: call(133, {}, (context) => {
    const { state, deposit } = context;
    const who = signerOf(context);
    ensure(hasRested(context, requireAnnouncement(context, who)), 'ColdkeySwapClearTooEarly');
    state.remove(coldkeySwapAnnouncements, who);
    deposit(SUBTENSOR, 'ColdkeySwapCleared', { who });
  }),
};

type Announcement = readonly [number, Uint8Array];

/** @throws DispatchFailure ColdkeySwapAnnouncementNotFound */
function requireAnnouncement({ state }: CallContext, who: Uint8Array): Announcement {
  const found = state.find(coldkeySwapAnnouncements, who);
  if (found === undefined) throw new DispatchFailure(SUBTENSOR, 'ColdkeySwapAnnouncementNotFound');
  return found;
}

const hasRested = ({ state, blockNumber }: CallContext, [when]: Announcement): boolean =>
  blockNumber >= when + state.get(coldkeySwapReannouncementDelay);

/** What is paid ceases to be. */
function payForSwap(context: CallContext, who: Uint8Array): void {
  const isPaid = attempt(context, (layer) => {
    debit(layer, who, SWAP_COST_RAO, true);
    changeIssuance(layer.state, -SWAP_COST_RAO);
  });
  ensure(isPaid, 'NotEnoughBalanceToPaySwapColdKey');
}
