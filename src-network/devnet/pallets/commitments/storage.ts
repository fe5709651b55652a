import { btreeSet } from '../../scale/bounded.ts';
import { struct, tuple, vec } from '../../scale/composites.ts';
import { accountId, bytes, u16, u32, u64 } from '../../scale/primitives.ts';
import type { ScaleType } from '../../scale/scale-type.ts';
import { mapKey, type StorageItem, storageMap, storageValue } from '../../metadata/pallet.ts';
import { commitmentInfo } from './data.ts';

export const NAME = 'Commitments';

/** Bytes that a hotkey may commit in one epoch of its subnet. */
const DEFAULT_MAX_SPACE = 3100;

const registration = struct('pallet_commitments::types::Registration', {
  deposit: u64,
  block: u32,
  info: commitmentInfo,
});
const usageTracker = struct('pallet_commitments::types::UsageTracker', { lastEpoch: u64, usedSpace: u64 });

/** Of a subnet's hotkey. */
const ofHotkey = <T>(name: string, value: ScaleType<T>): StorageItem<[number, Uint8Array], T> =>
  storageMap(NAME, name, [mapKey('Identity', u16), mapKey('Twox64Concat', accountId)], value);

export const commitmentOf = ofHotkey('CommitmentOf', registration);
/** The block of the last one. */
export const lastCommitment = ofHotkey('LastCommitment', u32);
export const lastBondsReset = ofHotkey('LastBondsReset', u32);
/** Always empty here: see `commitments.ts`. */
const revealedCommitments = ofHotkey('RevealedCommitments', vec(tuple(bytes, u64)));
export const usedSpaceOf = ofHotkey('UsedSpaceOf', usageTracker);
export const maxSpace = storageValue(NAME, 'MaxSpace', u32, DEFAULT_MAX_SPACE);
/** Whose commitments have something timelocked, sorted by netuid and hotkey. */
export const timelockedIndex = storageValue<readonly (readonly [number, Uint8Array])[]>(
  NAME,
  'TimelockedIndex',
  btreeSet(tuple(u16, accountId)),
  [],
);

export const COMMITMENTS_STORAGE = [
  timelockedIndex,
  commitmentOf,
  lastCommitment,
  lastBondsReset,
  revealedCommitments,
  usedSpaceOf,
  maxSpace,
];
