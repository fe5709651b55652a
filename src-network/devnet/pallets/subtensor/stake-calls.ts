import type { CallDefinition } from '../../metadata/pallet.ts';
import { ADD_STAKE_CALLS } from './add-stake-calls.ts';
import { BURN_ALPHA_CALLS } from './burn-alpha-calls.ts';
import { COLDKEY_SWAP_CALLS } from './coldkey-swap-calls.ts';
import { HOTKEY_CALLS } from './hotkey-calls.ts';
import { IDENTITY_CALLS } from './identity-calls.ts';
import { LOCK_CALLS } from './lock-calls.ts';
import { MOVE_STAKE_CALLS } from './move-stake-calls.ts';
import { REMOVE_STAKE_CALLS } from './remove-stake-calls.ts';
import { TAKE_CALLS } from './take-calls.ts';

/** Calls by which coldkeys stake, unstake and move stake, and say what shall become of it. */
export const STAKE_CALLS: Readonly<Record<string, CallDefinition>> = {
  ...ADD_STAKE_CALLS,
  ...REMOVE_STAKE_CALLS,
  ...MOVE_STAKE_CALLS,
  ...HOTKEY_CALLS,
  ...TAKE_CALLS,
  ...BURN_ALPHA_CALLS,
  ...LOCK_CALLS,
  ...IDENTITY_CALLS,
  ...COLDKEY_SWAP_CALLS,
};
