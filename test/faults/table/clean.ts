import type { Cast, Fault } from '../../support/faults/fault.ts';

/** One validator: what a worker does is judged by each alike. */
export const WORKERS: Cast = { workers: 6, stakes: [5] };
/** Enough for a quarter of poisoners, and a third of Sybils. */
export const CROWD: Cast = { workers: 12, stakes: [5] };
/** No validator has most of the stake; any two have. */
export const VALIDATORS: Cast = { workers: 6, stakes: [40, 35, 25] };
/** When faults of those who were honest before begin: all are trusted by then. */
export const FAULT_ROUND = 3;

/** Nothing happens; what all others are compared with. */
export const CLEAN: Fault = { name: 'clean', cast: WORKERS, faulty: [], fired: () => 'nothing', expect: () => [] };
