import { assertNever } from '../assert-never.ts';
import type { BlobHash } from '../ids.ts';
import { deadlineBlock, endBlock, type RoundTiming, roundOf } from './clock.ts';
import { lastCallBlock, leadBlock } from './lead.ts';

/** Where a validator stands in a round. Pure: the runner (src-network/validator/validator-loop.ts) does what the effects say. */
export type ValidatorRound =
  /** Done with `lastRound`; −1 before the first. */
  | { readonly kind: 'resting'; readonly lastRound: number }
  /** Brings its model to where the run is, so that it can take updates. */
  | { readonly kind: 'opening'; readonly round: number }
  | { readonly kind: 'gathering'; readonly round: number }
  | { readonly kind: 'judging'; readonly round: number }
  /** Settles with the other validators on one manifest. */
  | {
      readonly kind: 'deciding';
      readonly round: number;
      /** Whether it has a manifest of its own to offer. */
      readonly canPropose: boolean;
      /** Proposals that it will not stand behind. */
      readonly refused: readonly BlobHash[];
      readonly busy: boolean;
      /** What it has committed on chain for this round. */
      readonly stands: BlobHash | null;
    }
  /** Makes the settled manifest its own. */
  | { readonly kind: 'adopting'; readonly round: number };

/** What the chain says at a block about the round that it belongs to. */
export interface RoundView {
  /** Own place in the order of leads; `null` without a permit. */
  readonly rank: number | null;
  /** What other validators stand behind for this round, that of the earlier lead first. */
  readonly proposals: readonly BlobHash[];
  /** The manifest of this round that validators have settled on (votes.ts). */
  readonly decided: BlobHash | null;
}

export type ValidatorEvent =
  | { readonly kind: 'block'; readonly view: RoundView }
  | { readonly kind: 'opened' }
  | { readonly kind: 'judged'; readonly canPropose: boolean }
  /** `unavailable`: it could not be fetched yet. */
  | { readonly kind: 'checked'; readonly hash: BlobHash; readonly verdict: 'fair' | 'refused' | 'unavailable' }
  /** The commitment is on chain. */
  | { readonly kind: 'stood'; readonly hash: BlobHash }
  | { readonly kind: 'adopted' }
  /** What was to be done could not be done, and the runner has said why. */
  | { readonly kind: 'failed' };

export type ValidatorEffect =
  /** Catch up, then take announcements. */
  | { readonly kind: 'open'; readonly round: number }
  /** Take none any more. */
  | { readonly kind: 'close'; readonly round: number }
  /** Close, and rate what was gathered. */
  | { readonly kind: 'judge'; readonly round: number }
  | { readonly kind: 'check'; readonly round: number; readonly hash: BlobHash }
  | { readonly kind: 'endorse'; readonly round: number; readonly hash: BlobHash }
  /** Make, sign and commit an own manifest. */
  | { readonly kind: 'propose'; readonly round: number }
  | { readonly kind: 'adopt'; readonly round: number; readonly hash: BlobHash }
  /** Nobody has settled on anything: the round's updates are lost. */
  | { readonly kind: 'give-up'; readonly round: number }
  /** Put the own ratings on chain. */
  | { readonly kind: 'set-weights'; readonly round: number };

export interface Transition<State, Effect> {
  readonly state: State;
  /** To be done in this order, each answered by one event where it has one. */
  readonly effects: readonly Effect[];
}

/** All that a round's machine knows of time: blocks. Neither a clock nor chance has a part in it. */
export interface RoundContext {
  readonly block: number;
  readonly timing: RoundTiming;
}

type Step = Transition<ValidatorRound, ValidatorEffect>;

const to = (state: ValidatorRound, ...effects: readonly ValidatorEffect[]): Step => ({ state, effects });
const resting = (lastRound: number, ...effects: readonly ValidatorEffect[]): Step =>
  to({ kind: 'resting', lastRound }, ...effects);

/** One step of the validator's machine. An event that says nothing in a state leaves it as it is. */
export function validatorRound(state: ValidatorRound, event: ValidatorEvent, context: RoundContext): Step {
  const { block, timing } = context;
  switch (state.kind) {
    case 'resting': {
      const round = roundOf(block, timing);
      const isOpen = round > state.lastRound && block < deadlineBlock(round, timing);
      return event.kind === 'block' && isOpen ? to({ kind: 'opening', round }, { kind: 'open', round }) : to(state);
    }
    case 'opening':
      if (event.kind === 'opened') return to({ kind: 'gathering', round: state.round });
      return event.kind === 'failed' ? resting(state.round - 1) : to(state); // the next block is another try
    case 'gathering': {
      const { round } = state;
      if (event.kind !== 'block' || block < deadlineBlock(round, timing)) return to(state);
      if (block >= endBlock(round, timing)) return resting(round, { kind: 'close', round });
      return to({ kind: 'judging', round }, { kind: 'judge', round });
    }
    case 'judging': {
      const { round } = state;
      if (event.kind === 'failed') return resting(round);
      if (event.kind !== 'judged') return to(state);
      const { canPropose } = event;
      return to({ kind: 'deciding', round, canPropose, refused: [], busy: false, stands: null });
    }
    case 'deciding':
      return decide(state, event, context);
    case 'adopting':
      return event.kind === 'adopted' || event.kind === 'failed' ? resting(state.round) : to(state);
    default:
      return assertNever(state, 'state of a validator');
  }
}

type Deciding = Extract<ValidatorRound, { kind: 'deciding' }>;

function decide(state: Deciding, event: ValidatorEvent, { block, timing }: RoundContext): Step {
  const { round, refused } = state;
  const isLate = block >= lastCallBlock(round, timing);
  switch (event.kind) {
    case 'block':
      return onBlock(state, event.view, { block, timing });
    case 'checked': {
      const { hash, verdict } = event;
      if (verdict === 'refused') return to({ ...state, busy: false, refused: [...refused, hash] });
      if (verdict === 'unavailable' || isLate) return to({ ...state, busy: false });
      return to(state, { kind: 'endorse', round, hash });
    }
    case 'stood':
      return to({ ...state, busy: false, stands: event.hash });
    case 'failed':
      return to({ ...state, busy: false });
    case 'opened':
    case 'judged':
    case 'adopted':
      return to(state);
    default:
      return assertNever(event, 'event of a validator');
  }
}

function onBlock(state: Deciding, view: RoundView, { block, timing }: RoundContext): Step {
  const { round, canPropose, refused, busy, stands } = state;
  if (busy) return to(state);
  const weights: ValidatorEffect = { kind: 'set-weights', round };
  if (block >= endBlock(round, timing)) return resting(round, { kind: 'give-up', round }, weights);
  if (stands === null && block < lastCallBlock(round, timing)) {
    // Its own word first, also on what is settled already: a lead that lies is found out by everyone.
    const hash = view.proposals.find((proposal) => !refused.includes(proposal));
    if (hash !== undefined) return to({ ...state, busy: true }, { kind: 'check', round, hash });
    const isItsTurn = view.rank !== null && block >= leadBlock(view.rank, round, timing);
    if (view.decided === null && canPropose && isItsTurn)
      return to({ ...state, busy: true }, { kind: 'propose', round });
  }
  if (view.decided === null) return to(state);
  return to({ kind: 'adopting', round }, { kind: 'adopt', round, hash: view.decided }, weights);
}
