import type { CallDefinition } from '../../metadata/pallet.ts';

/** Calls by which coldkeys stake, unstake and move stake. */
export const STAKE_CALLS: Readonly<Record<string, CallDefinition>> = {};
