import { initialWeights } from '#protocol/initial-weights.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import { createPace, type Pace } from './pace.ts';
import { createProviderTrainer } from './provider-trainer.ts';
import { keepsTensors, type Provider } from './providers.ts';
import type { StepResult, Trainer, TrainerOptions } from './trainer.ts';

/** How the model will be trained, on whichever provider. */
export type TrialOptions = Pick<
  TrainerOptions,
  'config' | 'batchSize' | 'threads' | 'largestRunSize' | 'segmentLayers' | 'savings' | 'pace'
>;

export interface Trial {
  /** Of each step from the same weights on the same tokens. */
  readonly results: readonly StepResult[];
  /** Inner steps in one run, as the trainer has chosen. */
  readonly stepsPerRun: number;
  /** The shortest run after the first, which pays for compiling, for each of its steps. */
  readonly stepMs: number;
}

/** Steps of a trial at least: each begins at what the one before has written. */
const STEPS = 4;
/** A number of steps a run that has stayed for so many runs is the trainer's choice: see `StepsPerRun`. */
const SETTLED_RUNS = 4;
const SEED = 1;
const TOKENS_SALT = 11;
const LEARNING_RATE = 1e-3;

/**
 * Trains the model for a few steps from fixed weights on fixed tokens.
 * @param minSteps steps to compare with another provider's
 * @throws MillraceError ENGINE when the provider cannot; the signal's reason after the run that is under way
 */
export async function tryProvider(
  provider: Provider,
  options: TrialOptions,
  minSteps: number,
  signal: AbortSignal,
): Promise<Trial> {
  const trainer = await createProviderTrainer({ ...options, provider });
  try {
    return await tryTrainer(trainer, options, { minSteps, settles: !keepsTensors(provider) }, signal);
  } finally {
    await trainer.dispose();
  }
}

/**
 * As `tryProvider`, on a trainer that is there already.
 * @param settles whether the trainer has yet to choose how many steps a run takes: it does so first, and then starts anew
 */
export async function tryTrainer(
  trainer: Trainer,
  { config, batchSize, pace = createPace() }: Pick<TrialOptions, 'config' | 'batchSize' | 'pace'>,
  { minSteps, settles }: { readonly minSteps: number; readonly settles: boolean },
  signal: AbortSignal,
): Promise<Trial> {
  const weights = initialWeights(config, SEED);
  const runs = new TimedRuns(trainer, pace, (from, steps) => {
    const count = batchSize * (config.sequenceLength + 1);
    return Int32Array.from(integerHashes(steps * count, TOKENS_SALT, from * count), (hash) => hash % config.vocabSize);
  });
  trainer.load(weights);
  if (settles) await settle(trainer, runs, signal);

  trainer.load(weights);
  trainer.resetOptimizer();
  // One step more than a run has shows what the run before has left.
  const stepsPerRun = trainer.stepsPerRun();
  const compared = Math.max(STEPS, minSteps, stepsPerRun + 1);
  const results: StepResult[] = [];
  while (results.length < compared) {
    const steps = Math.min(stepsPerRun, compared - results.length);
    results.push(...(await runs.train(results.length, steps, signal)));
  }
  return { results, stepsPerRun, stepMs: runs.leastMs(stepsPerRun) / stepsPerRun };
}

/** Runs until the trainer has chosen how many steps a run takes. */
async function settle(trainer: Trainer, runs: TimedRuns, signal: AbortSignal): Promise<void> {
  let same = 0;
  for (let before = 0; same < SETTLED_RUNS;) {
    const steps = trainer.stepsPerRun();
    await runs.train(0, steps, signal);
    same = steps === before ? same + 1 : 1;
    before = steps;
  }
}

/** Trains and remembers how long runs of each number of steps took; how much the owner lets it rest says nothing of a provider. */
class TimedRuns {
  readonly #trainer: Trainer;
  readonly #pace: Pace;
  readonly #tokens: (from: number, steps: number) => Int32Array;
  readonly #runsMs = new Map<number, number[]>();

  constructor(trainer: Trainer, pace: Pace, tokens: (from: number, steps: number) => Int32Array) {
    this.#trainer = trainer;
    this.#pace = pace;
    this.#tokens = tokens;
  }

  async train(from: number, steps: number, signal: AbortSignal): Promise<readonly StepResult[]> {
    const tokens = this.#tokens(from, steps);
    const rates = Array<number>(steps).fill(LEARNING_RATE);
    const [startedMs, restedMs] = [performance.now(), this.#pace.restedMs()];
    const results = await this.#trainer.trainSteps(tokens, rates, { signal });
    const ranMs = performance.now() - startedMs - (this.#pace.restedMs() - restedMs);
    this.#runsMs.set(steps, [...(this.#runsMs.get(steps) ?? []), ranMs]);
    return results;
  }

  /** The shortest run of so many steps but the first, or Infinity. */
  leastMs(steps: number): number {
    return Math.min(...(this.#runsMs.get(steps) ?? []).slice(1));
  }
}
