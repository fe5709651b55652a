import { errorMessage, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { roundOf } from '#protocol/round/clock.ts';
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
 * the round in which it differs is over, it is this machine that is wrong.
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
  const votes = votesOf(roster);
  let wrong: Extract<SyncOutcome, { kind: 'diverged' }> | null = null;
  for (let isOpen = false; ; isOpen = true) {
    const decided = decidedManifest(votes, votingStakeOf(roster), block, timing, refused);
    const isThere = decided === null || decided.hash === state.manifest || decided.round < notBefore;
    const isOver = wrong !== null && (roster.validators.length < 2 || roundOf(block, timing) > wrong.round);
    if (wrong !== null && isOver && (decided === null || decided.round < wrong.round)) return wrong;
    const isVoting = decided === null && countedVotes(votes, block, timing, refused).length > 0;
    if (isThere) return { kind: isOpen || isVoting ? 'open' : 'current' };
    await options.onTarget?.(decided);
    const problem = (why: string): void => {
      refused.add(decided.hash);
      const signers = votes.filter(({ manifest }) => manifest === decided.hash).map(({ hotkey }) => hotkey);
      ports.warn(`The manifest of round ${decided.round} is false: ${why}. Behind it stands ${signers.join(', ')}`);
    };
    try {
      const outcome = await syncReplica(run, ports, state, decided.hash, {
        ...options,
        from: sourcesOf(roster, own),
        updateFrom: (maker) => updateSources(roster, own, maker),
        checkpointFrom: (index) => checkpointSources(roster, own, index),
        validators: validatorHotkeys(roster),
      });
      if (outcome.kind !== 'diverged') return { ...outcome, decided };
      wrong = outcome;
      const { expectedRoot, actualRoot } = outcome;
      problem(`its state root is ${expectedRoot.slice(0, 12)}…, recomputed ${actualRoot.slice(0, 12)}…`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      problem(errorMessage(error));
    }
  }
}
