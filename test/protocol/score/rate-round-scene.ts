import type { Hotkey } from '#protocol/ids.ts';
import type { Evaluation, Observation, Rating, RefusalReason } from '#protocol/score/observation.ts';
import { rateRound } from '#protocol/score/rate-round.ts';
import { DEFAULT_SCORING, type ScoringParams } from '#protocol/score/scoring-params.ts';
import { newcomer, type ScoreBook, type Standing } from '#protocol/score/standing.ts';

export const [anna, ben, cleo] = ['anna', 'ben', 'cleo'] as Hotkey[] as [Hotkey, Hotkey, Hotkey];

/** Losses fall from 4 by these shares of it. */
export const gains = (random: number, own = 1.2 * random, ownData: number | null = 0.5): Evaluation => ({
  ownData,
  ...{ randomBefore: 4, randomAfter: 4 - 4 * random, assignedBefore: 4, assignedAfter: 4 - 4 * own },
});
export const update = (
  hotkey: Hotkey,
  evaluation: Evaluation | null,
  more: { similarTo?: Hotkey; staleness?: number; isTooFar?: boolean; timesUsualLength?: number } = {},
): Observation => ({
  kind: 'update',
  hotkey,
  evaluation,
  staleness: 0,
  similarTo: null,
  isTooFar: false,
  timesUsualLength: 1,
  ...more,
});
export const refused = (hotkey: Hotkey, reason: RefusalReason): Observation => ({ kind: 'refused', hotkey, reason });

export const trusted: Standing = {
  ...newcomer(DEFAULT_SCORING),
  ...{ trust: { kind: 'trusted' }, evaluations: 9, reputation: 50, heldBack: 100, score: 60, lastEvaluated: 3 },
  ...{ skill: { mu: 30, sigma: 2 }, ownData: 0.5 },
};
export const bookOf = (...standings: readonly (readonly [Hotkey, Partial<Standing>])[]): ScoreBook => ({
  standings: new Map(standings.map(([hotkey, more]) => [hotkey, { ...trusted, ...more }])),
  idle: { mu: 0, sigma: 2 },
  ratedRound: 6,
});
const SEED = new Uint8Array(32).fill(3);
/** 23 minutes of 12 s. */
const ROUND_BLOCKS = 115;
export const rate = (
  book: ScoreBook,
  observations: readonly Observation[],
  params: ScoringParams = DEFAULT_SCORING,
  roundBlocks = ROUND_BLOCKS,
) => {
  const rated = rateRound(book, observations, params, { round: 7, roundBlocks, seed: SEED });
  return {
    ...rated,
    of: (hotkey: Hotkey): Rating => rated.ratings.find((rating) => rating.hotkey === hotkey)!,
    standing: (hotkey: Hotkey): Standing => rated.book.standings.get(hotkey)!,
  };
};
/** Rounds of the same observations. */
export function repeat(book: ScoreBook, observations: readonly Observation[], rounds: number) {
  let rated = rate(book, observations);
  for (let round = 1; round < rounds; round += 1) rated = rate(rated.book, observations);
  return rated;
}
