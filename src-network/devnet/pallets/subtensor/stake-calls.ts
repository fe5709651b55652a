import type { CallDefinition } from '../../metadata/pallet.ts';
import { ADD_STAKE_CALLS } from './add-stake-calls.ts';
import { HOTKEY_CALLS } from './hotkey-calls.ts';
import { MOVE_STAKE_CALLS } from './move-stake-calls.ts';
import { REMOVE_STAKE_CALLS } from './remove-stake-calls.ts';

/** Calls by which coldkeys stake, unstake and move stake. */
export const STAKE_CALLS: Readonly<Record<string, CallDefinition>> = {
  ...ADD_STAKE_CALLS,
  ...REMOVE_STAKE_CALLS,
  ...MOVE_STAKE_CALLS,
  ...HOTKEY_CALLS,
};
