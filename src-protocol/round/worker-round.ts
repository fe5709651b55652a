import { assertNever } from '../assert-never.ts';
import { deadlineBlock, endBlock, roundOf } from './clock.ts';
import type { RoundContext, Transition } from './validator-round.ts';

/** Where a worker stands in a round. Pure: the runner (src-worker/round/worker-loop.ts) does what the effects say. */
export type WorkerRound =
  /** Done with `lastRound`; −1 before the first. */
  | { readonly kind: 'idle'; readonly lastRound: number }
  /** A process before this one has sent its update of `round` and saw no verdict. */
  | { readonly kind: 'interrupted'; readonly round: number }
  /** Reads that update again. */
  | { readonly kind: 'resuming'; readonly round: number }
  | { readonly kind: 'training'; readonly round: number }
  /** Its update is stored, and validators are told. */
  | { readonly kind: 'announcing'; readonly round: number }
  | { readonly kind: 'awaiting'; readonly round: number; readonly answer: UpdateAnswer }
  | { readonly kind: 'settling'; readonly round: number }
  /** Its model differs from the network's: it does no more harm. */
  | { readonly kind: 'halted' };

/** `taken`: a validator has the update, or may have it. `not-yet`: none, but one may take it later in the round. */
export type UpdateAnswer = 'taken' | 'refused' | 'not-yet';

/** What became of an awaited round: its manifest came; it ended without one; nobody can tell any more. */
export type VerdictKind = 'manifest' | 'none' | 'unknown';

/** What a worker knows at a block, after it has followed the run as far as it could. */
export interface WorkerView {
  /** Outer steps that its model is behind the newest settled one; `null` when it cannot tell. */
  readonly stepsBehind: number | null;
  /** What the manifests that it followed say of the round that it awaits; `null`: nothing yet. */
  readonly verdict: VerdictKind | null;
  /** Whether its model is the newest settled one, and that is of a round before the awaited one. */
  readonly isBefore: boolean;
}

export type WorkerEvent =
  | { readonly kind: 'block'; readonly view: WorkerView }
  /** The interrupted update was read again; `canAnnounce`: it is whole. */
  | { readonly kind: 'resumed'; readonly canAnnounce: boolean }
  | { readonly kind: 'trained' }
  /** There was no time for a single step, or training went wrong. */
  | { readonly kind: 'untrained' }
  | { readonly kind: 'answered'; readonly answer: UpdateAnswer }
  | { readonly kind: 'settled' }
  | { readonly kind: 'diverged' }
  /** What was to be done could not be done, and the runner has said why. */
  | { readonly kind: 'failed' };

export type WorkerEffect =
  | { readonly kind: 'resume'; readonly round: number }
  /** The error buffer is of rounds that are still to come: of another chain. */
  | { readonly kind: 'forget'; readonly round: number }
  /** Train on the assigned data, compress and store. */
  | { readonly kind: 'train'; readonly round: number }
  /** `again`: a process before this one may have done it. */
  | { readonly kind: 'announce'; readonly round: number; readonly again: boolean }
  /** Close the awaited round: what nobody merged goes back into the error buffer. */
  | { readonly kind: 'settle'; readonly round: number; readonly verdict: VerdictKind };

/** What the worker's machine depends on beside blocks. */
export interface WorkerContext extends RoundContext {
  /** A model that is further behind than this trains nothing that would count. */
  readonly maxStaleness: number;
}

/** A worker that comes late joins the round only if this share of its training time is left. */
const MIN_TRAIN_SHARE = 0.25;
/** A manifest that was on its way when the round ended is still followed. */
const GRACE_BLOCKS = 2;

type Step = Transition<WorkerRound, WorkerEffect>;

const to = (state: WorkerRound, ...effects: readonly WorkerEffect[]): Step => ({ state, effects });

/** Where a worker begins: with an update of a process before it, or without. */
export const startOf = (lastRound: number, interrupted: number | null): WorkerRound =>
  interrupted === null ? { kind: 'idle', lastRound } : { kind: 'interrupted', round: interrupted };

/** Whether so much of a round's training time is left that it is worth to begin. */
export const canBegin = (round: number, { block, timing }: RoundContext): boolean =>
  deadlineBlock(round, timing) - block >= MIN_TRAIN_SHARE * timing.trainBlocks;

/** One step of the worker's machine. An event that says nothing in a state leaves it as it is. */
export function workerRound(state: WorkerRound, event: WorkerEvent, context: WorkerContext): Step {
  if (event.kind === 'diverged') return to({ kind: 'halted' });
  const { block, timing } = context;
  const now = roundOf(block, timing);
  switch (state.kind) {
    case 'idle': {
      if (event.kind !== 'block') return to(state);
      if (isOfAnotherChain(state.lastRound, now)) {
        return to({ kind: 'idle', lastRound: -1 }, { kind: 'forget', round: state.lastRound });
      }
      const { stepsBehind } = event.view;
      const isNear = stepsBehind !== null && stepsBehind <= context.maxStaleness;
      if (now <= state.lastRound || !isNear || !canBegin(now, context)) return to(state);
      return to({ kind: 'training', round: now }, { kind: 'train', round: now });
    }
    case 'interrupted': {
      const { round } = state;
      if (event.kind !== 'block') return to(state);
      if (isOfAnotherChain(round, now)) return to({ kind: 'idle', lastRound: -1 }, { kind: 'forget', round });
      return to({ kind: 'resuming', round }, { kind: 'resume', round });
    }
    case 'resuming': {
      const { round } = state;
      if (event.kind === 'failed') return to({ kind: 'interrupted', round });
      if (event.kind !== 'resumed') return to(state);
      const isInTime = event.canAnnounce && block < deadlineBlock(round, timing);
      return isInTime
        ? to({ kind: 'announcing', round }, { kind: 'announce', round, again: true })
        : to({ kind: 'awaiting', round, answer: 'taken' });
    }
    case 'training': {
      const { round } = state;
      if (event.kind === 'untrained' || event.kind === 'failed') return to({ kind: 'idle', lastRound: round });
      return event.kind === 'trained'
        ? to({ kind: 'announcing', round }, { kind: 'announce', round, again: false })
        : to(state);
    }
    case 'announcing': {
      const { round } = state;
      if (event.kind === 'answered') return to({ kind: 'awaiting', round, answer: event.answer });
      return event.kind === 'failed' ? to({ kind: 'awaiting', round, answer: 'taken' }) : to(state);
    }
    case 'awaiting': {
      if (event.kind !== 'block') return to(state);
      const verdict = verdictAt(state, event.view, context);
      const { round, answer } = state;
      if (verdict === null && answer === 'not-yet' && block < deadlineBlock(round, timing)) {
        return to({ kind: 'announcing', round }, { kind: 'announce', round, again: false });
      }
      return verdict === null ? to(state) : to({ kind: 'settling', round }, { kind: 'settle', round, verdict });
    }
    case 'settling': {
      const { round } = state;
      return event.kind === 'settled' || event.kind === 'failed' ? to({ kind: 'idle', lastRound: round }) : to(state);
    }
    case 'halted':
      return to(state);
    default:
      return assertNever(state, 'state of a worker');
  }
}

/** The chain may have gone back by a few blocks, but not by rounds. */
const isOfAnotherChain = (round: number, now: number): boolean => round > now + 1;

/**
 * A round whose end has passed without a manifest stays without one. As long as the run was not followed up to there, as after a
 * restart, nobody can tell.
 */
function verdictAt(
  { round, answer }: Extract<WorkerRound, { kind: 'awaiting' }>,
  view: WorkerView,
  { block, timing }: RoundContext,
): VerdictKind | null {
  if (view.verdict !== null) return view.verdict;
  const graceBlocks = answer === 'taken' ? GRACE_BLOCKS : 0; // nobody merges what nobody took
  const overdueBlocks = block - endBlock(round, timing) - graceBlocks;
  if (overdueBlocks < 0) return null;
  if (view.isBefore) return 'none';
  return overdueBlocks >= timing.blocks ? 'unknown' : null;
}
