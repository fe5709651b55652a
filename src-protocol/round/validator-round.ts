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
      /** Manifests that it made, or recomputed and would have signed. */
      readonly fair: readonly BlobHash[];
      /** Manifests that it will not stand behind. */
      readonly refused: readonly BlobHash[];
      /** Manifests that could not be had when they were last asked for, the longest ago first. */
      readonly missing: readonly BlobHash[];
      readonly busy: boolean;
      /** What it has given its word for in this round. It never gives another: one that seemed to fail may be on its way. */
      readonly stands: { readonly hash: BlobHash; readonly isOnChain: boolean } | null;
    }
  /** Makes the settled manifest its own. */
  | { readonly kind: 'adopting'; readonly round: number };

/** What the chain says at a block about the round that it belongs to. */
export interface RoundView {
  /** Own place among those who lead in this round; `null` without a permit. */
  readonly rank: number | null;
  /** What other validators stand behind for this round since its deadline, by their first words in it, that of the earlier lead first. */
  readonly proposals: readonly BlobHash[];
  /** What this validator stands behind for this round since its deadline. */
  readonly own: BlobHash | null;
  /** The manifest of this round that validators have settled on (votes.ts). */
  readonly decided: BlobHash | null;
}

export type ValidatorEvent =
  | { readonly kind: 'block'; readonly view: RoundView }
  | { readonly kind: 'opened' }
  | { readonly kind: 'judged'; readonly canPropose: boolean }
  /** An own manifest is signed; nobody knows it yet. */
  | { readonly kind: 'made'; readonly hash: BlobHash }
  /** `unavailable`: it could not be fetched, or its signer leads only later. */
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
  /** Recompute a manifest, and compare it with what would have been signed here. */
  /** `again`: it could not be had before, and must not take as long as a turn once more: others may have manifests that can be. */
  | { readonly kind: 'check'; readonly round: number; readonly hash: BlobHash; readonly again: boolean }
  /** Commit it on chain. */
  | { readonly kind: 'endorse'; readonly round: number; readonly hash: BlobHash }
  /** Make and sign an own manifest. */
  | { readonly kind: 'propose'; readonly round: number }
  | { readonly kind: 'adopt'; readonly round: number; readonly hash: BlobHash }
  /** The round is over, and nothing was settled that could be had here. */
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
      return to({ kind: 'deciding', round, canPropose, fair: [], refused: [], missing: [], busy: false, stands: null });
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

function decide(state: Deciding, event: ValidatorEvent, context: RoundContext): Step {
  switch (event.kind) {
    case 'block':
      return onBlock({ ...state, stands: wordOf(state, event.view) }, event.view, context);
    case 'made':
      return standBehind(state, event.hash, context);
    case 'checked': {
      const { hash, verdict } = event;
      if (verdict === 'fair') return standBehind(state, hash, context);
      if (verdict === 'refused') return to({ ...state, busy: false, refused: [...state.refused, hash] });
      const missing = [...state.missing.filter((one) => one !== hash), hash];
      return to({ ...state, busy: false, missing });
    }
    case 'stood':
      return to({ ...state, busy: false, stands: { hash: event.hash, isOnChain: true } });
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

/**
 * What the chain has is what counts, also where the commitment seemed to fail, and where it was included and is so no more: blocks may
 * have been replaced. Only what it found fair is said again.
 */
function wordOf({ fair, stands }: Deciding, { own }: RoundView): Deciding['stands'] {
  if (own !== null) return { hash: own, isOnChain: true };
  return stands !== null && fair.includes(stands.hash) ? { ...stands, isOnChain: false } : stands;
}

/** Gives the word for a manifest that is fair, unless it has been given or comes too late. */
function standBehind(state: Deciding, hash: BlobHash, { block, timing }: RoundContext): Step {
  const { round } = state;
  const fair = [...state.fair, hash];
  if (state.stands !== null || block >= lastCallBlock(round, timing)) return to({ ...state, busy: false, fair });
  const stands = { hash, isOnChain: false };
  return to({ ...state, busy: true, fair, stands }, { kind: 'endorse', round, hash });
}

function onBlock(state: Deciding, view: RoundView, { block, timing }: RoundContext): Step {
  const { round, canPropose, fair, refused, missing, busy, stands } = state;
  if (busy) return to(state);
  const isExamined = (hash: BlobHash): boolean => fair.includes(hash) || refused.includes(hash);
  const { decided } = view;
  const weights: ValidatorEffect = { kind: 'set-weights', round };
  // What most stand behind is taken also where it seems unfair; but not unseen, for it may be false.
  if (decided !== null && isExamined(decided)) {
    return to({ kind: 'adopting', round }, { kind: 'adopt', round, hash: decided }, weights);
  }
  if (block >= endBlock(round, timing)) return resting(round, { kind: 'give-up', round }, weights);
  const isOpen = stands === null && block < lastCallBlock(round, timing);
  const check = (hash: BlobHash): Step =>
    to({ ...state, busy: true }, { kind: 'check', round, hash, again: missing.includes(hash) });
  if (decided !== null) return check(decided);
  const open = isOpen ? view.proposals.filter((proposal) => !isExamined(proposal)) : [];
  const isItsTurn = canPropose && view.rank !== null && block >= leadBlock(view.rank, round, timing);
  // Each look may take as long as a turn. As many as could have led before are looked at, and then it leads itself: a crowd with little
  // stake, each behind another manifest that nobody has, would else keep it looking until the round is over.
  const looksDue = Math.max(view.rank ?? 0, block >= leadBlock(1, round, timing) ? 1 : 0);
  const hasLooked = isItsTurn && refused.length + missing.length >= looksDue;
  const fresh = open.find((proposal) => !missing.includes(proposal));
  if (fresh !== undefined && !hasLooked) return check(fresh);
  if (stands !== null) {
    const isToBeSaid = !stands.isOnChain && block < lastCallBlock(round, timing);
    return isToBeSaid ? to({ ...state, busy: true }, { kind: 'endorse', round, hash: stands.hash }) : to(state);
  }
  // A manifest that cannot be had keeps nobody from leading: who withholds one, or is cut off, would end the round for all.
  if (isOpen && isItsTurn) return to({ ...state, busy: true }, { kind: 'propose', round });
  const again = missing.find((hash) => open.includes(hash));
  return again === undefined ? to(state) : check(again);
}
