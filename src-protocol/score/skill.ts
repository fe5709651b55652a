import { ordinal, rate } from 'openskill';

/** OpenSkill's estimate of how a worker's updates compare with others': a normal distribution. */
export interface Skill {
  readonly mu: number;
  readonly sigma: number;
}

/** OpenSkill's own start, which the reference keeps: mu 25, sigma 25/3, so that the ordinal is 0. */
export const UNKNOWN_SKILL: Skill = { mu: 25, sigma: 25 / 3 };
/** Plackett-Luce with the reference's beta and tau (one-covenant/templar, hparams.json). */
const OPTIONS = { beta: 7, tau: 0.1 };

/** One who took part, with what its update gained. */
export interface Contender {
  readonly skill: Skill;
  /** Share by which the loss on unseen text fell; −∞ for a loss that is not a number. */
  readonly gain: number;
}

/**
 * The skills after a round, in the order of `contenders`. Equal gains are a draw. (Weng and Lin, "A Bayesian approximation method
 * for online ranking", JMLR 12, 2011.) Uses `exp`: a validator's opinion, not a part of the state that all agree on.
 */
export function rateContenders(contenders: readonly Contender[]): readonly Skill[] {
  if (contenders.length < 2) return contenders.map(({ skill }) => skill);
  const rank = contenders.map(({ gain }) => contenders.filter((other) => other.gain > gain).length);
  const teams = contenders.map(({ skill: { mu, sigma } }) => [{ mu, sigma }]);
  return rate(teams, { ...OPTIONS, rank }).map(([skill], index) => skill ?? contenders[index]?.skill ?? UNKNOWN_SKILL);
}

/** μ − 3σ: what the worker can do with near certainty. */
export const ordinalOf = (skill: Skill): number => ordinal({ mu: skill.mu, sigma: skill.sigma });
