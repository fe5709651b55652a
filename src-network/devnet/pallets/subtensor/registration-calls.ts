import type { CallDefinition } from '../../metadata/pallet.ts';

/** Calls by which hotkeys get neurons and keep them. */
export const REGISTRATION_CALLS: Readonly<Record<string, CallDefinition>> = {};
