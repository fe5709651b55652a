import type { Hotkey } from '../ids.ts';
import { explain } from './explain.ts';
import { type Judgement, judgeGains } from './judge-gains.ts';
import { withPlace } from '../round/places.ts';
import { leftOut, type MergeDecision, mergeDecision } from './merge-decision.ts';
import type { Observation, Rating } from './observation.ts';
import { goesTooFar, isCopy, isExcusePaid, observe } from './observe.ts';
import { rateSkills } from './rate-skills.ts';
import { rewardMultiplier } from './reputation.ts';
import { scoreOf } from './score-of.ts';
import type { ScoringParams } from './scoring-params.ts';
import { ordinalOf } from './skill.ts';
import { newcomer, type ScoreBook, type Standing } from './standing.ts';
import { vest } from './vesting.ts';

interface RatedRound {
  readonly round: number;
  /** Its length. */
  readonly roundBlocks: number;
  /** Hash of its seed block (round/clock.ts): draws who gets in when there are more good updates than places. */
  readonly seed: Uint8Array;
}

/** One worker's way through the round. */
interface Case {
  readonly observation: Observation;
  readonly before: Standing;
  readonly judgement: Judgement | null;
  readonly merge: MergeDecision;
  /** With all but score, reward and pool. */
  readonly after: Standing;
}

/**
 * Rates one round of all members that work: final score = skill · own data · agreement · uptime, in the manner of the reference's
 * ordinal · BMA · sync (one-covenant/templar, neurons/validator.py; facts §2). Pays what merges, by score and reputation.
 *
 * @param observations one for each member that works; of several of a worker the last counts
 * @returns the new book, and the ratings in the order of the observations
 */
export function rateRound(
  book: ScoreBook,
  observations: readonly Observation[],
  params: ScoringParams,
  { round, roundBlocks, seed }: RatedRound,
): { readonly book: ScoreBook; readonly ratings: readonly Rating[] } {
  const last = [...new Map(observations.map((observation) => [observation.hotkey, observation])).values()];
  const isWitness = (hotkey: Hotkey): boolean => book.standings.get(hotkey)?.trust.kind !== 'barred';
  const own = last.filter((observation) => !isCopy(observation) && !goesTooFar(observation));
  const judgements = judgeGains(own, params, isWitness);
  const { skills, idle } = rateSkills(book, judgements, params);
  const judged = last.map((observation): Case => {
    const before = book.standings.get(observation.hotkey) ?? newcomer(params);
    const judgement = judgements.get(observation.hotkey) ?? null;
    const moved = observe(before, observation, judgement, params, roundBlocks);
    const skill = skills.get(observation.hotkey) ?? before.skill;
    const after =
      judgement === null ? moved : { ...moved, skill, evaluations: before.evaluations + 1, lastEvaluated: round };
    return { observation, before, judgement, after, merge: mergeDecision(observation, before, judgement, params) };
  });
  const cases = withinPlaces(judged, seed);
  const field = {
    idle: ordinalOf(idle),
    best: Math.max(
      ...cases.filter(({ after }) => isRated(after)).map(({ after }) => ordinalOf(after.skill)),
      -Infinity,
    ),
    bestGain: Math.max(0, ...[...judgements.values()].map(({ gain }) => gain)),
  };
  const scored = cases.map((one) => ({ ...one, after: { ...one.after, score: finalScore(one, field, params) } }));
  const earned = scored.map((one) => earnedBy(one, params));
  const isPaid = earned.some((points) => points > 0);
  const standings = new Map([...book.standings].map(([hotkey, standing]) => [hotkey, { ...standing, payout: 0 }]));
  const ratings = scored.map((one, index): Rating => {
    const { observation, before, judgement, merge } = one;
    const points = earned[index] ?? 0;
    // A round that pays nobody releases nothing: shares of the emission would go to whoever holds the last point.
    const pool = isPaid ? vest(one.after.heldBack, points, params) : { heldBack: one.after.heldBack, payout: 0 };
    const after = { ...one.after, ...pool };
    standings.set(observation.hotkey, after);
    const { score, reputation } = after;
    const reason = explain({ observation, before, after, judgement, merge, bestGain: field.bestGain }, params);
    return {
      ...{ hotkey: observation.hotkey, score, reputation, reason },
      ...{ merge: merge.merge, isLeftOut: merge.isLeftOut, mergeShare: merge.share },
    };
  });
  return { book: { standings, idle, ratedRound: round }, ratings };
}

/** Who has no place is judged as everyone is: only what depends on the merge itself, the pay of this round, it goes without. */
function withinPlaces(cases: readonly Case[], seed: Uint8Array): readonly Case[] {
  const good = cases.filter(({ merge }) => merge.merge);
  const places = withPlace(
    good.map(({ observation: { hotkey }, merge }) => ({ hotkey, isNewcomer: merge.share < 1 })),
    seed,
  );
  return cases.map((one) =>
    one.merge.merge && !places.has(one.observation.hotkey) ? { ...one, merge: leftOut(one.merge) } : one,
  );
}

function finalScore(
  { observation, before, after }: Case,
  field: { readonly idle: number; readonly best: number },
  params: ScoringParams,
): number {
  if (observation.kind === 'excused') return before.score;
  if (isCopy(observation) || goesTooFar(observation)) return 0;
  return isRated(after) ? scoreOf(after, field, params).score : 0;
}

/** Who was never evaluated, or has shown that it is not to be trusted, has no score. */
const isRated = ({ evaluations, trust }: Standing): boolean => evaluations > 0 && trust.kind !== 'barred';

/** Points of the round. What is not merged is not paid, but nobody pays for the validator's faults. */
function earnedBy({ observation, before, after, merge }: Case, params: ScoringParams): number {
  if (after.trust.kind === 'barred') return 0;
  const inQuarantine = before.trust.kind === 'trusted' ? 1 : params.quarantineShare;
  const isPaid = observation.kind === 'excused' ? isExcusePaid(after, params) : merge.merge;
  const share = isPaid ? inQuarantine : 0;
  return share * after.score * rewardMultiplier(after.reputation, params);
}
