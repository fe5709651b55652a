import type { Hotkey, Uid } from '../ids.ts';
import type { Rao } from '../units.ts';
import { endBlock, type RoundTiming, seedBlock } from './clock.ts';

/** What counts of a validator when it comes to who leads. */
export interface Seat {
  readonly hotkey: Hotkey;
  readonly stakeRao: Rao;
  readonly registeredAtBlock: number;
  readonly uid: Uid;
}

/** Validators in the order in which they lead: most stake first; among equals the older registration. */
export function leadOrder<S extends Seat>(validators: readonly S[]): readonly S[] {
  return validators.toSorted((a, b) => {
    if (a.stakeRao !== b.stakeRao) return a.stakeRao > b.stakeRao ? -1 : 1;
    return a.registeredAtBlock - b.registeredAtBlock || a.uid - b.uid;
  });
}

/**
 * The block from which the validator of this rank (0 leads) may publish a manifest of its own: each before it had its time. Those
 * for whom the round is too short share the last turn in it: however many before them are gone, the run goes on.
 */
export function leadBlock(rank: number, round: number, timing: RoundTiming): number {
  const first = seedBlock(round, timing);
  const lastTurn = Math.max(0, Math.ceil((lastCallBlock(round, timing) - first) / timing.leadBlocks) - 1);
  return first + Math.min(rank, lastTurn) * timing.leadBlocks;
}

/** For what could not be had before: in so short a time a source that has come back gives most manifests, or a good part of one. */
const SHORT_LOOK_BLOCKS = 1;

/**
 * Until which block to wait for a manifest that does not arrive: the end of the turn in which it is asked for, so that whoever leads next
 * begins in time. Later ones would else all find their turn come at once.
 * @param again it has been waited for once; what has arrived is kept
 */
export function patienceBlock(block: number, round: number, timing: RoundTiming, again: boolean): number {
  const { leadBlocks } = timing;
  const least = block + Math.min(SHORT_LOOK_BLOCKS, leadBlocks);
  const since = Math.max(0, block - seedBlock(round, timing));
  return again ? least : Math.max(least, block + leadBlocks - (since % leadBlocks));
}

/** What is committed at this block or later is too late for the round: its inclusion takes a block. */
export const lastCallBlock = (round: number, timing: RoundTiming): number => endBlock(round, timing) - 1;
