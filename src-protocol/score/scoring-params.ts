import * as v from 'valibot';

const integer = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const real = (min: number, max: number) => v.pipe(v.number(), v.minValue(min), v.maxValue(max));

/**
 * How a run's validators judge. Losses are compared as shares: a gain of 0.01 is a loss that fell by 1 %. "Rounds" are rounds of
 * the run, each `round.blocks` blocks long.
 */
export const scoringSchema = v.pipe(
  v.strictObject({
    /** Share that a moving average (own data, uptime, agreement) keeps at each new observation. */
    memory: real(0, 0.9999),
    /** From this average of the own-data evidence (−1…1) on it counts in full; below in proportion. */
    ownDataTarget: real(0.01, 1),
    /** An update that raises the loss on unseen text by more than this share is not merged: noise alone hardly does. */
    noiseLimit: real(0, 1),
    /** Harm beyond this share is poison when it is measured in a second round. */
    poisonLimit: real(0, 10),
    /** Harm beyond this share is poison at once. */
    blatantLimit: real(0, 100),
    /** After so many evaluations in a row without a gain a worker is barred until it has one: judged, but not merged. */
    maxNegatives: integer(1, 1000),
    /** So many more good evaluations than bad ones make a newcomer's updates merge in full, also when they are not evaluated. */
    quarantineRounds: integer(0, 10_000),
    /** What an update in quarantine counts in the merge and in the reward, as a share. */
    quarantineShare: real(0, 1),
    /** Good evaluations in a row until who has poisoned or copied merges and earns again, at first as a newcomer. */
    redemptionRounds: integer(1, 10_000),
    /** So many excused rounds in a row are paid as the last one that was not; each is made good by ten with an update. */
    maxExcusedRounds: integer(0, 10_000),
    /** Blocks of good work until reputation has made half of the way to 100: weeks, however long the rounds are. */
    reputationHalfLifeBlocks: integer(1, 1_000_000_000),
    /** Share of the reputation that is left after a copy or a corrupt update; nothing is left after poison. */
    reputationAfterFault: real(0, 1),
    /** The reward is multiplied by this at reputation 0, rising linearly to 1 at reputation 100. */
    rewardAtNoReputation: real(0, 1),
    /** Share of each round's reward that is held back. */
    vestingShare: real(0, 0.95),
    /** One of so many parts of what is held back is paid out in each round. */
    vestingRounds: integer(1, 1_000_000),
  }),
  v.check((s) => s.noiseLimit < s.poisonLimit, 'scoring.noiseLimit must be below scoring.poisonLimit'),
  v.check((s) => s.poisonLimit < s.blatantLimit, 'scoring.poisonLimit must be below scoring.blatantLimit'),
);

export type ScoringParams = v.InferOutput<typeof scoringSchema>;

/** What a new run begins with. */
export const DEFAULT_SCORING: ScoringParams = {
  memory: 0.95, // Gauntlet's BMA (one-covenant/templar, neurons/validator.py)
  ownDataTarget: 0.2, // twice the deviation of the average of one who never used its text, 0.6 · √(0.05 / 1.95); honest workers measured 0.4 to 0.9
  noiseLimit: 0.005,
  poisonLimit: 0.02,
  blatantLimit: 0.2,
  maxNegatives: 3, // as the reference
  quarantineRounds: 3,
  quarantineShare: 0.5,
  redemptionRounds: 10,
  maxExcusedRounds: 3,
  reputationHalfLifeBlocks: 100_800, // two weeks of 12 s
  reputationAfterFault: 0.5,
  rewardAtNoReputation: 0.25,
  vestingShare: 0.3,
  vestingRounds: 300,
};
