import type { Hotkey } from '#protocol/ids.ts';

/** Losses before and after a small step along one worker's update, nats per token. */
export interface Evaluation {
  readonly hotkey: Hotkey;
  readonly assignedBefore: number;
  readonly assignedAfter: number;
  readonly randomBefore: number;
  readonly randomAfter: number;
}

export interface Rating {
  readonly hotkey: Hotkey;
  /** 0…100: how this worker's updates compare with the best ones lately. */
  readonly score: number;
  /** For the owner, in words. */
  readonly reason: string;
  /** Whether the update becomes part of the next state. */
  readonly merge: boolean;
}

/** Share of a new round in the score; the rest is history. */
const NEWEST_SHARE = 0.3;
/** Score kept by a worker that sent nothing (facts, Gauntlet: "absent ×0.75"). */
const ABSENT_FACTOR = 0.75;
/** An update may raise the loss on unseen text by this share before it counts as harmful: sampling noise is smaller. */
const HARM_LIMIT = 0.005;
/** Training on the assigned text shows there more than elsewhere; below this share of the gain elsewhere it was not used. */
const OWN_DATA_SHARE = 0.5;
const OWN_DATA_PENALTY = 0.5;

/**
 * Rates a round's updates: the gain on unseen text relative to the round's best, halved when the assigned text gained too little.
 * @param previous scores 0…100 of earlier rounds
 */
export function rateUpdates(
  evaluations: readonly Evaluation[],
  previous: ReadonlyMap<Hotkey, number>,
): readonly Rating[] {
  const gains = evaluations.map((evaluation) => ({
    hotkey: evaluation.hotkey,
    random: gain(evaluation.randomBefore, evaluation.randomAfter),
    assigned: gain(evaluation.assignedBefore, evaluation.assignedAfter),
  }));
  const best = Math.max(0, ...gains.map(({ random }) => random));
  const rated = gains.map(({ hotkey, random, assigned }): Rating => {
    const usedOwnData = random <= 0 || assigned >= OWN_DATA_SHARE * random;
    const quality = (best > 0 ? Math.max(0, random) / best : 0) * (usedOwnData ? 1 : OWN_DATA_PENALTY);
    const before = previous.get(hotkey);
    const score = before === undefined ? 100 * quality : (1 - NEWEST_SHARE) * before + NEWEST_SHARE * 100 * quality;
    const merge = random > -HARM_LIMIT && assigned > -1;
    return { hotkey, score: clampScore(score), reason: describe(random, assigned, best, usedOwnData, merge), merge };
  });
  const present = new Set(rated.map(({ hotkey }) => hotkey));
  const absent = [...previous]
    .filter(([hotkey]) => !present.has(hotkey))
    .map(([hotkey, score]): Rating => {
      return { hotkey, score: clampScore(ABSENT_FACTOR * score), reason: 'No update arrived in time', merge: false };
    })
    .filter(({ score }) => score > 0); // forgotten, so that the list does not grow with everyone who ever came
  return [...rated, ...absent];
}

/**
 * The scores of those who have been members since they got them. Who left and was registered anew begins anew: rounds without it
 * are held against nobody.
 * @param registeredAt block of each member's registration
 * @param scoredFrom first block of the round that gave the scores
 */
export const scoresOfMembers = (
  scores: ReadonlyMap<Hotkey, number>,
  registeredAt: ReadonlyMap<Hotkey, number>,
  scoredFrom: number,
): ReadonlyMap<Hotkey, number> =>
  new Map([...scores].filter(([hotkey]) => (registeredAt.get(hotkey) ?? Infinity) <= scoredFrom));

/** Relative fall of the loss; −1 for a loss that is not a number, which is harm enough. */
function gain(before: number, after: number): number {
  const fall = (before - after) / before;
  return Number.isFinite(fall) ? fall : -1;
}

/** To tenths; below one it is nothing, or rounding would hold a dying score up for ever. */
const clampScore = (score: number): number => (score < 1 ? 0 : Math.min(100, Math.round(score * 10) / 10));

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function describe(random: number, assigned: number, best: number, usedOwnData: boolean, merge: boolean): string {
  const effect = `Loss on unseen text ${random >= 0 ? 'down' : 'up'} ${percent(Math.abs(random))} (best ${percent(best)})`;
  if (!merge) return `${effect}: not merged`;
  if (!usedOwnData) return `${effect}, but on its assigned text only ${percent(assigned)}: was it used?`;
  return `${effect}, on its assigned text ${percent(assigned)}`;
}

/** Chain weights 0…65535, proportional to the scores; nothing for workers without a score. */
export function chainWeights(ratings: readonly Rating[]): ReadonlyMap<Hotkey, number> {
  const largest = Math.max(0, ...ratings.map(({ score }) => score));
  if (largest === 0) return new Map();
  return new Map(
    ratings
      .filter(({ score }) => score > 0)
      .map(({ hotkey, score }) => [hotkey, Math.max(1, Math.round((65_535 * score) / largest))]),
  );
}
