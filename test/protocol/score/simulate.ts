import type { Hotkey } from '#protocol/ids.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { utf8 } from '#protocol/bytes.ts';
import type { Observation, Rating } from '#protocol/score/observation.ts';
import { rateRound } from '#protocol/score/rate-round.ts';
import { rewardWeights } from '#protocol/score/reward-weights.ts';
import { sampleWorkers } from '#protocol/score/sample-workers.ts';
import { EMPTY_BOOK, type ScoreBook } from '#protocol/score/standing.ts';

/** What a worker does in a round, as a validator sees it. */
interface Conduct {
  readonly gain: number;
  /** What its own text gains beyond that. */
  readonly ownBonus: number;
  readonly present: boolean;
  readonly joined: boolean;
  readonly similarTo?: string;
}

export interface SimulatedWorker {
  readonly name: string;
  /** @param random this worker's own, the same whoever else is there */
  readonly conduct: (round: number, random: RandomStream) => Conduct;
}

export interface Simulation {
  readonly book: ScoreBook;
  /** Share of all emission, by name. */
  readonly rewards: ReadonlyMap<string, number>;
  /** By round. */
  readonly ratings: readonly ReadonlyMap<string, Rating>[];
  /** Rounds in which the update was merged, by name. */
  readonly merged: ReadonlyMap<string, number>;
}

const LOSS = 3;

/** Uniform in [0, 1). */
export const unit = (random: RandomStream): number => random.nextUint32() / 2 ** 32;

/** Standard normal, by twelve uniform numbers: never beyond ±6. */
export function normal(random: RandomStream): number {
  let sum = -6;
  for (let i = 0; i < 12; i += 1) sum += unit(random);
  return sum;
}

/** Virtual rounds: each worker has its own stream of noise, so that simulations with and without others compare. */
export function simulate(
  workers: readonly SimulatedWorker[],
  rounds: number,
  spec: Pick<RunSpec, 'scoring' | 'evaluation'>,
  seed = 0,
): Simulation {
  let book = EMPTY_BOOK;
  const rewards = new Map(workers.map(({ name }) => [name, 0]));
  const merged = new Map(workers.map(({ name }) => [name, 0]));
  const history: ReadonlyMap<string, Rating>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const conducts = workers.flatMap(({ name, conduct }) => {
      const random = randomStream(utf8(`${seed} ${name} ${round}`));
      const done = conduct(round, random);
      // A measurement is off by about half of what it measures; the rest of it is common to both texts.
      const noise = 0.5 * Math.abs(done.gain) + 0.0002;
      const gain = done.gain + noise * normal(random);
      const difference = done.ownBonus + noise * normal(random);
      const ownData = Math.min(1, Math.max(-1, difference / noise / 2));
      return done.joined ? [{ name, done, gain, own: gain + difference, ownData }] : [];
    });
    const present = conducts.filter(({ done }) => done.present).map(({ name }) => name as Hotkey);
    const blockHash = utf8(`${seed} round ${round}`);
    const sample = new Set(sampleWorkers(book, present, spec.evaluation.workers, spec.scoring, blockHash));
    const observations = conducts.map(({ name, done, gain, own, ownData }): Observation => {
      const hotkey = name as Hotkey;
      if (!done.present) return { hotkey, kind: 'absent' };
      const losses = { randomBefore: LOSS, randomAfter: LOSS * (1 - gain) };
      const evaluation = { assignedBefore: LOSS, assignedAfter: LOSS * (1 - own), ...losses, ownData };
      const similarTo = (done.similarTo ?? null) as Hotkey | null;
      const usual = { staleness: 0, similarTo, isTooFar: false, timesUsualLength: 1 };
      return { hotkey, kind: 'update', ...usual, evaluation: sample.has(hotkey) ? evaluation : null };
    });
    const rated = rateRound(book, observations, spec.scoring, { round, roundBlocks: 115, seed: blockHash });
    book = rated.book;
    history.push(new Map(rated.ratings.map((rating) => [rating.hotkey, rating])));
    for (const { hotkey, merge } of rated.ratings) if (merge) merged.set(hotkey, (merged.get(hotkey) ?? 0) + 1);
    const weights = rewardWeights(book, rated.ratings);
    const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
    for (const [hotkey, weight] of weights) rewards.set(hotkey, (rewards.get(hotkey) ?? 0) + weight / total / rounds);
  }
  return { book, rewards, ratings: history, merged };
}
