import type { RoundNumber } from '../ids.ts';
import type { RunSpec } from '../run-spec.ts';

/** Everyone derives the round and its deadlines from the block number alone. */
export type RoundTiming = RunSpec['round'];

export const roundOf = (block: number, timing: RoundTiming): RoundNumber =>
  Math.floor(block / timing.blocks) as RoundNumber;

/** First block of the round; its hash seeds the data assignment. */
export const firstBlock = (round: number, timing: RoundTiming): number => round * timing.blocks;

/** Announcements that arrive at or after this block are late; its hash seeds the random evaluation data. */
export const deadlineBlock = (round: number, timing: RoundTiming): number =>
  firstBlock(round, timing) + timing.trainBlocks;

/** First block of the next round. A validator that has not committed its manifest by then drops it. */
export const endBlock = (round: number, timing: RoundTiming): number => firstBlock(round + 1, timing);
