import type { BlobHash } from '../ids.ts';
import type { Rao } from '../units.ts';
import { deadlineBlock, endBlock, type RoundTiming, roundOf } from './clock.ts';
import { lastCallBlock } from './lead.ts';

/** A validator stands behind a manifest by committing its hash on chain, whoever signed it; only its newest word is there. */
export interface Vote {
  readonly stakeRao: Rao;
  /** The validator's place in the order of leads. */
  readonly rank: number;
  readonly round: number;
  readonly manifest: BlobHash;
  /** Block that included the commitment. */
  readonly block: number;
}

export interface DecidedManifest {
  readonly round: number;
  readonly hash: BlobHash;
}

/**
 * The newest manifest that the validators have settled on, as everyone reads it from the chain: more than half of the stake stands
 * behind it, or no more votes can come in time and most does. `null` while that is open, or when there is none.
 *
 * It is half of all stake, whether it has voted lately or not. Were the silent left out, who votes first would have all of what
 * counts and decide alone; and what was settled would be so no more when one of them comes back. Where half is gone for good, each
 * round is settled at its last block.
 *
 * What was committed after its round's end counts only where nothing else does: who comes back late, with a history of its own,
 * takes nobody along.
 * @param totalRao stake of all who may vote
 * @param block head of the chain
 * @param refused manifests that were found false by recomputing them: no stake makes them true
 */
export function decidedManifest(
  votes: readonly Vote[],
  totalRao: bigint,
  block: number,
  timing: RoundTiming,
  refused: ReadonlySet<BlobHash>,
): DecidedManifest | null {
  const counted = countedVotes(votes, block, timing, refused);
  const round = Math.max(-1, ...counted.map((vote) => vote.round));
  const winner = mostStake(counted.filter((vote) => vote.round === round));
  if (winner === null) return null;
  const isSettled = 2n * winner.stakeRao > totalRao || block >= lastCallBlock(round, timing);
  return isSettled ? { round, hash: winner.manifest } : null;
}

/** Of these votes those that count. When there are some and nothing is decided, the newest round is still open. */
export function countedVotes(
  votes: readonly Vote[],
  block: number,
  timing: RoundTiming,
  refused: ReadonlySet<BlobHash>,
): readonly Vote[] {
  const possible = votes.filter(
    (vote) =>
      !refused.has(vote.manifest) &&
      vote.round <= roundOf(block, timing) &&
      vote.block >= deadlineBlock(vote.round, timing),
  );
  const timely = possible.filter((vote) => vote.block < endBlock(vote.round, timing));
  return timely.length > 0 ? timely : possible;
}

interface Tally {
  readonly manifest: BlobHash;
  readonly stakeRao: bigint;
  /** Of the first in the order of leads who stands behind it. */
  readonly rank: number;
}

/** Among equals the one that the earlier lead stands behind. */
function mostStake(votes: readonly Vote[]): Tally | null {
  const tallies = new Map<BlobHash, Tally>();
  for (const { manifest, stakeRao, rank } of votes) {
    const before = tallies.get(manifest);
    tallies.set(manifest, {
      manifest,
      stakeRao: (before?.stakeRao ?? 0n) + stakeRao,
      rank: Math.min(before?.rank ?? Infinity, rank),
    });
  }
  return (
    [...tallies.values()].toSorted((a, b) =>
      a.stakeRao === b.stakeRao ? a.rank - b.rank : a.stakeRao > b.stakeRao ? -1 : 1,
    )[0] ?? null
  );
}
