import { errorMessage, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { endBlock, roundOf } from '#protocol/round/clock.ts';
import { countedVotes, type DecidedManifest, decidedManifest } from '#protocol/round/votes.ts';
import { type SyncOptions, type SyncOutcome, syncReplica } from './catch-up.ts';
import type { Run } from './open-run.ts';
import type { ReplicaState, SyncPorts } from './replica.ts';
import {
  checkpointSources,
  type Roster,
  sourcesOf,
  updateSources,
  validatorHotkeys,
  votesOf,
  votingStakeOf,
} from './roster.ts';

export interface FollowPorts extends SyncPorts {
  readonly warn: (message: string) => void;
}

export interface FollowOptions extends Pick<SyncOptions, 'backToRound' | 'onProgress' | 'onState'> {
  readonly roster: Roster;
  readonly own: Hotkey;
  /** Head of the chain. */
  readonly block: number;
  /** Manifests that were found false here; grows. */
  readonly refused: Set<BlobHash>;
  /** What was settled in an earlier round is not gone back to. */
  readonly notBefore?: number;
  /** Told, and awaited, before a manifest is followed. */
  readonly onTarget?: (decided: DecidedManifest) => Promise<void> | void;
  readonly signal: AbortSignal;
}

export type Followed =
  /** The state is that of the newest settled manifest, or there is none. */
  | { readonly kind: 'current' }
  | (Exclude<SyncOutcome, { kind: 'diverged' }> & { readonly decided: DecidedManifest })
  /**
   * A manifest was found false, and there is nothing else to follow before its round is over; or the newest round is not settled yet,
   * and its votes have taken the place of those that say what was settled before.
   */
  | { readonly kind: 'open' }
  | Extract<SyncOutcome, { kind: 'diverged' }>;

/**
 * Brings the own state to the manifest that validators have settled on. One that recomputed here gives another state than it says is
 * left aside, whoever stands behind it, and what the other validators say is followed; when they say nothing else although
 * the round in which it differs is over, and most of the stake stands behind it, it is this machine that is wrong.
 *
 * In a round in which nobody else votes, a single validator settles, however small its stake. It must not end the run: what less than
 * most of the stake stands behind is left aside, too, as long as it cannot be reached some time after its round.
 * @throws MillraceError ABORTED, STORAGE
 */
export async function followVotes(
  run: Run,
  ports: FollowPorts,
  state: ReplicaState,
  options: FollowOptions,
): Promise<Followed> {
  const { roster, own, block, refused, notBefore = -1 } = options;
  const timing = run.spec.round;
  const totalRao = votingStakeOf(roster);
  let votes = votesOf(roster);
  let wrong: Extract<SyncOutcome, { kind: 'diverged' }> | null = null;
  const refusedBefore = refused.size;
  for (;;) {
    const decided = decidedManifest(votes, totalRao, block, timing, refused);
    const isThere = decided === null || decided.hash === state.manifest || decided.round < notBefore;
    const isOver = wrong !== null && (roster.validators.length < 2 || roundOf(block, timing) > wrong.round);
    if (wrong !== null && isOver && (decided === null || decided.round < wrong.round)) return wrong;
    const isVoting = decided === null && countedVotes(votes, block, timing, refused).length > 0;
    if (isThere) return { kind: isVoting || refused.size > refusedBefore ? 'open' : 'current' };
    await options.onTarget?.(decided);
    const behind = votes.filter((vote) => vote.round === decided.round && vote.manifest === decided.hash);
    const isOfMost = 2n * behind.reduce((sum, { stakeRao }) => sum + stakeRao, 0n) > totalRao;
    const problem = (why: string): void => {
      refused.add(decided.hash);
      const signers = behind.map(({ hotkey }) => hotkey);
      ports.warn(`The manifest of round ${decided.round} is false: ${why}. Behind it stands ${signers.join(', ')}`);
    };
    try {
      const outcome = await syncReplica(run, ports, state, decided.hash, {
        ...options,
        from: sourcesOf(roster, own),
        updateFrom: (maker) => updateSources(roster, own, maker),
        own,
        checkpointFrom: (index) => checkpointSources(roster, own, index),
        // Its signer may have lost its permit since: the others have recomputed what it signed, and go on from there.
        validators: isOfMost ? null : validatorHotkeys(roster),
      });
      const isOverdue = block >= endBlock(decided.round, timing) + timing.leadBlocks;
      if (outcome.kind === 'incomplete' && !isOfMost && isOverdue) {
        ports.warn(`The manifest of round ${decided.round} is left aside for now. ${outcome.problem}`);
        votes = votes.filter((vote) => !behind.includes(vote));
        continue;
      }
      if (outcome.kind !== 'diverged') return { ...outcome, decided };
      if (isOfMost) wrong = outcome;
      const { expectedRoot, actualRoot } = outcome;
      problem(`its state root is ${expectedRoot.slice(0, 12)}…, recomputed ${actualRoot.slice(0, 12)}…`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      problem(errorMessage(error));
    }
  }
}
