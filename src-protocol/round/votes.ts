import type { BlobHash } from '../ids.ts';
import type { Rao } from '../units.ts';
import { deadlineBlock, endBlock, firstBlock, type RoundTiming, roundOf } from './clock.ts';
import { lastCallBlock } from './lead.ts';

/** A validator stands behind a manifest by committing its hash on chain, whoever signed it; only its newest word is there. */
export interface Vote {
  readonly stakeRao: Rao;
  /** The validator's place in the order of leads. */
  readonly rank: number;
  /** `null`: it has said something on chain, but nothing of a manifest. */
  readonly manifest: DecidedManifest | null;
  /** Block that included the commitment. */
  readonly block: number;
}

export interface DecidedManifest {
  readonly round: number;
  readonly hash: BlobHash;
}

/** A validator that has committed nothing for longer doesn't hold up the others: its stake counts for nothing until it is back. */
const ACTIVE_ROUNDS = 3;

/**
 * The newest manifest that the validators have settled on, as everyone reads it from the chain: more than half of the active
 * stake stands behind it, or the round is over and most does. `null` while that is open, or when there is none.
 *
 * What was committed after its round's end counts only where nothing else does: who comes back late, with a history of its own,
 * takes nobody along.
 * @param block head of the chain
 * @param refused manifests that were found false by recomputing them: no stake makes them true
 */
export function decidedManifest(
  votes: readonly Vote[],
  block: number,
  timing: RoundTiming,
  refused: ReadonlySet<BlobHash>,
): DecidedManifest | null {
  const possible = votes.flatMap(({ manifest, ...vote }): readonly CastVote[] => {
    const counts =
      manifest !== null &&
      !refused.has(manifest.hash) &&
      manifest.round <= roundOf(block, timing) &&
      vote.block >= deadlineBlock(manifest.round, timing);
    return counts ? [{ ...vote, ...manifest }] : [];
  });
  const timely = possible.filter((vote) => vote.block < endBlock(vote.round, timing));
  const counted = timely.length > 0 ? timely : possible;
  const round = Math.max(-1, ...counted.map((vote) => vote.round));
  const winner = mostStake(counted.filter((vote) => vote.round === round));
  if (winner === null) return null;
  const isRefused = ({ manifest }: Vote): boolean => manifest !== null && refused.has(manifest.hash);
  const active = votes.filter((vote) => !isRefused(vote) && vote.block >= firstBlock(round - ACTIVE_ROUNDS, timing));
  const total = active.reduce((sum, { stakeRao }) => sum + stakeRao, 0n);
  const isSettled = 2n * winner.stakeRao > total || block >= lastCallBlock(round, timing);
  return isSettled ? { round, hash: winner.hash } : null;
}

type CastVote = Omit<Vote, 'manifest'> & DecidedManifest;

interface Tally {
  readonly hash: BlobHash;
  readonly stakeRao: bigint;
  /** Of the first in the order of leads who stands behind it. */
  readonly rank: number;
}

/** Among equals the one that the earlier lead stands behind. */
function mostStake(votes: readonly CastVote[]): Tally | null {
  const tallies = new Map<BlobHash, Tally>();
  for (const { hash, stakeRao, rank } of votes) {
    const before = tallies.get(hash);
    tallies.set(hash, {
      hash,
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
