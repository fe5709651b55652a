import type { Hotkey } from '../ids.ts';

/** Losses before and after a small step along one worker's update, nats per token. */
export interface Evaluation {
  /** On the text that the worker was assigned and says it has trained on. */
  readonly assignedBefore: number;
  readonly assignedAfter: number;
  /** On held-out text that nobody could know. */
  readonly randomBefore: number;
  readonly randomAfter: number;
  /** −1…1: what that shows of the assigned text's being used (own-data.ts); `null`: nothing. */
  readonly ownData: number | null;
}

/**
 * Why an update was not accepted. `other-version`: made by a program that is too old or too new; `corrupt`: its bytes are no update of its sender's; `wrong-base`: it starts from a state that is
 * none of the run's newest; `late`; `unreachable`: announced, but its bytes could not be fetched from it.
 */
export type RefusalReason = 'corrupt' | 'other-version' | 'wrong-base' | 'late' | 'unreachable';

/** What one round showed of one worker. */
export type Observation = { readonly hotkey: Hotkey } & (
  | {
      readonly kind: 'update';
      /** Outer steps between the state that it starts from and the newest: 0…`outer.maxStaleness`. */
      readonly staleness: number;
      /** `null`: not in this round's sample. */
      readonly evaluation: Evaluation | null;
      /** Who announced nearly the same before. */
      readonly similarTo: Hotkey | null;
      /** Larger than the inner steps of the run can make it: it shows nothing of what the worker can, and is not evaluated. */
      readonly isTooFar: boolean;
      /** How long it is, in what others' are that made as many inner steps; 1 where nothing compares. */
      readonly timesUsualLength: number;
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly lateByBlocks?: number }
  | { readonly kind: 'absent' }
  /** Joined late, was told to wait, or the validator was at fault: nothing may move; paid as before, but not for ever. */
  | { readonly kind: 'excused' }
);

/** The verdict on one worker's round. */
export interface Rating {
  readonly hotkey: Hotkey;
  /** 0…100. */
  readonly score: number;
  /** 0…100. */
  readonly reputation: number;
  /** For the owner, in words: what moved score and reputation. At most 300 characters. */
  readonly reason: string;
  /** Whether the update becomes part of the next state. */
  readonly merge: boolean;
  /** Good enough, but a manifest has fewer places than there are such updates, and the draw went to others (round/places.ts). */
  readonly isLeftOut: boolean;
  /** 0…1: what it counts in the merge, by trust, or would with a place; its age comes on top (round/merge-weight.ts). 0: nothing. */
  readonly mergeShare: number;
}
