import { toHex } from '#protocol/bytes.ts';
import { variant } from '../../scale/enumeration.ts';
import { accountId, u16, u32, u64 } from '../../scale/primitives.ts';
import { call, freeCall, type Pallet } from '../../metadata/pallet.ts';
import { type CallContext, DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import { resetBonds } from '../subtensor/reset-bonds.ts';
import { uids } from '../subtensor/storage-neurons.ts';
import { subnetEpochIndex } from '../subtensor/storage-subnet.ts';
import { commitmentInfo, type CommitmentInfo, MAX_FIELDS, spaceOf } from './data.ts';
import {
  COMMITMENTS_STORAGE,
  commitmentOf,
  lastBondsReset,
  lastCommitment,
  maxSpace,
  NAME,
  timelockedIndex,
  usedSpaceOf,
} from './storage.ts';

/** Bytes that even a small commitment counts. */
const MIN_SPACE = 100;

const ofHotkey = { netuid: u16, who: accountId };

/**
 * What a registered hotkey says to everybody: the newest commitment of each, free of fee and deposit. Source:
 * pallets/commitments/src/lib.rs. A timelocked field is kept and listed, but never revealed: that takes the randomness of
 * drand, whose pulses do not reach this chain.
 */
export const commitments: Pallet = {
  name: NAME,
  index: 18,
  calls: {
    set_commitment: freeCall(0, { netuid: u16, info: commitmentInfo }, (context, { netuid, info }) =>
      setCommitment(context, netuid, info),
    ),
    set_max_space: call(2, { newLimit: u32 }, ({ state, origin }, { newLimit }) => {
      if (origin.kind !== 'root') throw new DispatchFailure(null, 'BadOrigin');
      state.set(maxSpace, newLimit);
    }),
  },
  events: {
    Commitment: variant(0, { fields: ofHotkey }),
    TimelockCommitment: variant(1, { fields: { ...ofHotkey, revealRound: u64 } }),
    CommitmentRevealed: variant(2, { fields: ofHotkey }),
  },
  errors: {
    TooManyFieldsInCommitmentInfo: 'Account passed too many additional fields to their commitment',
    AccountNotAllowedCommit: 'Account is not allowed to make commitments to the chain',
    SpaceLimitExceeded: 'Space limit exceeded for the current interval',
    UnexpectedUnreserveLeftover: 'Indicates that unreserve returned a leftover, which is unexpected',
  },
  storage: COMMITMENTS_STORAGE,
  constants: {
    MaxFields: { type: u32, value: MAX_FIELDS },
    InitialDeposit: { type: u64, value: 0n },
    FieldDeposit: { type: u64, value: 0n },
  },
};

function setCommitment(context: CallContext, netuid: number, info: CommitmentInfo): void {
  const { state, blockNumber, deposit } = context;
  const who = signerOf(context);
  if (state.find(uids, netuid, who) === undefined) throw new DispatchFailure(NAME, 'AccountNotAllowedCommit');
  if (info.fields.some(({ type }) => type === 'ResetBondsFlag')) {
    state.set(lastBondsReset, netuid, who, blockNumber);
    resetBonds(state, netuid, who);
  }
  useSpace(state, netuid, who, info);
  state.set(commitmentOf, netuid, who, { deposit: 0n, block: blockNumber, info });
  state.set(lastCommitment, netuid, who, blockNumber);

  const timelocked = info.fields.find((field) => field.type === 'TimelockEncrypted');
  listTimelocked(state, netuid, who, timelocked !== undefined);
  if (timelocked === undefined) deposit(NAME, 'Commitment', { netuid, who });
  else deposit(NAME, 'TimelockCommitment', { netuid, who, revealRound: timelocked.value.revealRound });
}

/** @throws DispatchFailure SpaceLimitExceeded */
function useSpace(state: State, netuid: number, who: Uint8Array, { fields }: CommitmentInfo): void {
  const needed = BigInt(
    Math.max(
      MIN_SPACE,
      fields.reduce((total, field) => total + spaceOf(field), 0),
    ),
  );
  const lastEpoch = state.get(subnetEpochIndex, netuid);
  const usage = state.find(usedSpaceOf, netuid, who);
  const usedSpace = (usage?.lastEpoch === lastEpoch ? usage.usedSpace : 0n) + needed;
  if (usedSpace > BigInt(state.get(maxSpace))) throw new DispatchFailure(NAME, 'SpaceLimitExceeded');
  state.set(usedSpaceOf, netuid, who, { lastEpoch, usedSpace });
}

function listTimelocked(state: State, netuid: number, who: Uint8Array, isTimelocked: boolean): void {
  const key = toHex(who);
  const others = state.get(timelockedIndex).filter(([subnet, hotkey]) => subnet !== netuid || toHex(hotkey) !== key);
  const all = isTimelocked ? [...others, [netuid, who] as const] : others;
  state.set(
    timelockedIndex,
    all.toSorted(([a, first], [b, second]) => a - b || (toHex(first) < toHex(second) ? -1 : 1)),
  );
}
