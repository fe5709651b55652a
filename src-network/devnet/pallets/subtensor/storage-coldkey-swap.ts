import { accountId, u32 } from '../../scale/primitives.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import { single, SUBTENSOR } from './storage-item.ts';

/** Of coldkeys that shall be changed for others. Blocks. Source: pallets/subtensor/src/lib.rs. */

/** When it was disputed. */
export const coldkeySwapDisputes = storageMap<[Uint8Array], number>(
  SUBTENSOR,
  'ColdkeySwapDisputes',
  [mapKey('Twox64Concat', accountId)],
  u32,
);
/** 5 days (runtime/src/lib.rs: InitialColdkeySwapAnnouncementDelay). */
export const coldkeySwapAnnouncementDelay = single('ColdkeySwapAnnouncementDelay', u32, 36_000);
/** 1 day (runtime/src/lib.rs: InitialColdkeySwapReannouncementDelay). */
export const coldkeySwapReannouncementDelay = single('ColdkeySwapReannouncementDelay', u32, 7_200);

export const COLDKEY_SWAP_STORAGE = [coldkeySwapDisputes, coldkeySwapAnnouncementDelay, coldkeySwapReannouncementDelay];
