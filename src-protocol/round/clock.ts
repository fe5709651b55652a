import type { RoundNumber } from '../ids.ts';
import type { RunSpec } from '../run-spec.ts';

/** Everyone derives the round and its deadlines from the block number alone. */
export type RoundTiming = RunSpec['round'];

export const roundOf = (block: number, timing: RoundTiming): RoundNumber =>
  Math.floor(block / timing.blocks) as RoundNumber;

/** First block of the round; its hash seeds the data assignment. */
export const firstBlock = (round: number, timing: RoundTiming): number => round * timing.blocks;

/** Announcements that arrive at or after this block are late. */
export const deadlineBlock = (round: number, timing: RoundTiming): number =>
  firstBlock(round, timing) + timing.trainBlocks;

/**
 * Its hash seeds what nobody may know while updates can be announced: who is measured, on which text, who gets a place. The deadline's own
 * hash would not do: whoever makes that block knows it, and can still announce before anyone else has the block. The leads' turns
 * begin here.
 */
export const seedBlock = (round: number, timing: RoundTiming): number => deadlineBlock(round, timing) + 1;

/** First block of the next round. A validator that has not committed its manifest by then drops it. */
export const endBlock = (round: number, timing: RoundTiming): number => firstBlock(round + 1, timing);
