import type { Hotkey } from '../ids.ts';
import type { ScoringParams } from './scoring-params.ts';
import { type Skill, UNKNOWN_SKILL } from './skill.ts';

/** How far a worker's updates are trusted. `good`: good evaluations since it came to this. */
export type Trust =
  /** A newcomer, or one that has to show again what it can: merges at a lower share, and only what was evaluated. */
  | { readonly kind: 'quarantine'; readonly good: number }
  | { readonly kind: 'trusted' }
  /** Evaluated, but neither merged nor paid. Here `good` counts those in a row. */
  | { readonly kind: 'barred'; readonly why: 'poison' | 'harm' | 'copy'; readonly good: number };

/** What a validator holds of one worker. Plain numbers, so that it can be stored. */
export interface Standing {
  readonly skill: Skill;
  /** −1…1: moving average of what the evaluations showed of the assigned text's being used. */
  readonly ownData: number;
  /** 0…1: moving average of the rounds that brought an update in time. */
  readonly uptime: number;
  /** 0…1: moving average of the updates that started from the state that everyone has. */
  readonly agreement: number;
  /** 0…100: long-term; grows with rounds of good work and falls only by proven faults. */
  readonly reputation: number;
  /** 0…100: that of the last round in which it was rated. */
  readonly score: number;
  /** Points (score × multiplier) that are held back; lost on proven poisoning. */
  readonly heldBack: number;
  /** Points to pay for the last round. */
  readonly payout: number;
  /** Evaluations so far. */
  readonly evaluations: number;
  /** Round of the last one. */
  readonly lastEvaluated: number | null;
  /** Evaluations without a gain in a row. */
  readonly negativeStreak: number;
  /** Evaluations with harm beyond the poison limit since it was last in good standing. */
  readonly poisonRounds: number;
  /** Grows with each excused round and falls by and by with updates (observe.ts): who is above a limit is not paid for such rounds. */
  readonly excusedDebt: number;
  readonly trust: Trust;
}

/** What a validator holds of all. */
export interface ScoreBook {
  readonly standings: ReadonlyMap<Hotkey, Standing>;
  /** Skill of an imaginary worker whose update changes nothing: what is not above it earns nothing. */
  readonly idle: Skill;
  /** The newest round that is in it; −1 before the first. It is settled: nothing that comes later moves it again. */
  readonly ratedRound: number;
}

export const EMPTY_BOOK: ScoreBook = { standings: new Map(), idle: UNKNOWN_SKILL, ratedRound: -1 };

/** Someone of whom nothing is known: in doubt for the worker in all that it has had no chance to show, without reputation. */
export const newcomer = (params: ScoringParams): Standing => ({
  ...{ skill: UNKNOWN_SKILL, ownData: params.ownDataTarget, uptime: 1, agreement: 1, reputation: 0, score: 0 },
  ...{ heldBack: 0, payout: 0, evaluations: 0, lastEvaluated: null, negativeStreak: 0, poisonRounds: 0 },
  excusedDebt: 0,
  trust: params.quarantineRounds === 0 ? { kind: 'trusted' } : { kind: 'quarantine', good: 0 },
});

/**
 * The book without those who have left or were registered anew since: they begin anew, and so does what was held back.
 * @param registeredAt block of each member's registration
 * @param ratedFrom first block of the round that was rated last
 */
export const bookOfMembers = (
  book: ScoreBook,
  registeredAt: ReadonlyMap<Hotkey, number>,
  ratedFrom: number,
): ScoreBook => ({
  ...book,
  standings: new Map([...book.standings].filter(([hotkey]) => (registeredAt.get(hotkey) ?? Infinity) <= ratedFrom)),
});
