import type { Hotkey } from '#protocol/ids.ts';
import { assignedWindows } from '#protocol/round/assignment.ts';
import type { Pace } from '../engine/pace.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { DataPages } from '../run/data-pages.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';
import { sharedFloats } from '../update/shared-memory.ts';
import { diagnoseStep } from './diagnose-step.ts';

export interface TrainRoundOptions {
  readonly run: Run;
  readonly round: number;
  /** Hash of the round's first block. */
  readonly blockHash: string;
  readonly hotkey: Hotkey;
  readonly state: ReplicaState;
  readonly trainer: Trainer;
  /** The trainer's. */
  readonly pace: Pick<Pace, 'share' | 'restedMs'>;
  readonly pages: DataPages;
  readonly sources: readonly string[];
  /**
   * Asked before every step, or before several that the trainer takes at once: a worker that is too slow sends what it has instead
   * of nothing.
   * @param slowestRunMs how long the slowest so far would take at the present pace, with its rests
   */
  readonly hasTime: (slowestRunMs: number) => boolean;
  /** Fires when there is no time any more: a step under way is given up between two runs, and what was done before is sent. */
  readonly timeUp: AbortSignal;
  readonly onStep: (step: number, loss: number, tokensPerSecond: number, gradientNorm: number) => void;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

interface TrainedRound {
  readonly innerSteps: number;
  /** Mean over the inner steps, nats per token. */
  readonly loss: number;
  readonly tokensPerSecond: number;
  /** θ_start − θ_local for each tensor, in shared memory. */
  readonly differences: readonly Float32Array[];
}

export type RoundOutcome =
  | ({ readonly kind: 'trained' } & TrainedRound)
  /** Time ran out before the first step was done. @property stepMs how long that had taken; 0: none was begun */
  | { readonly kind: 'no-time'; readonly stepMs: number }
  /** Training went wrong: neither the parameters nor the optimiser's moments are of use. */
  | { readonly kind: 'failed'; readonly diagnosis: string };

/** Runs a round's inner steps on the assigned windows. */
export async function trainRound(options: TrainRoundOptions): Promise<RoundOutcome> {
  const { run, round, state, trainer, pace, signal, timeUp } = options;
  const { steps, batchSize } = run.spec.inner;
  const windows = assignedWindows(run.spec, {
    run: run.id,
    round,
    blockHash: options.blockHash,
    hotkey: options.hotkey,
  });
  const tokens = await options.pages.tokens(windows, { from: options.sources, signal });
  const batchTokens = batchSize * (run.spec.model.sequenceLength + 1);
  trainer.load(state.parameters);

  const startedMs = options.nowMs();
  const losses: number[] = [];
  let tokensPerSecond = 0;
  // Without the rests: the owner may change the pace between two steps, and before the first run of a round there is no rest.
  let slowestWorkMs = 0;
  let givenUpMs = 0;
  const stopping = AbortSignal.any([signal, timeUp]);
  while (losses.length < steps && options.hasTime(slowestWorkMs / pace.share())) {
    const done = losses.length;
    // Too few for a whole run are made one by one, each counted before the next: the time may be up between them.
    const wholeRun = trainer.stepsPerRun();
    const count = steps - done < wholeRun ? 1 : wholeRun;
    const [runStartedMs, restedMs] = [options.nowMs(), pace.restedMs()];
    const training = trainer.trainSteps(
      tokens.subarray(done * batchTokens, (done + count) * batchTokens),
      Array.from({ length: count }, (_, step) => learningRateAt(run.spec.inner, state.step * steps + done + step)),
      { signal: stopping },
    );
    const results = await training.catch((error: unknown) => {
      if (signal.aborted || !timeUp.aborted || error !== timeUp.reason) throw error;
      return null;
    });
    if (results === null) {
      givenUpMs = options.nowMs() - runStartedMs;
      break;
    }
    slowestWorkMs = Math.max(slowestWorkMs, options.nowMs() - runStartedMs - (pace.restedMs() - restedMs));
    const trainedTokens = (done + count) * batchSize * run.spec.model.sequenceLength;
    tokensPerSecond = (1000 * trainedTokens) / Math.max(1, options.nowMs() - startedMs);
    for (const result of results) {
      const diagnosis = diagnoseStep(losses, result);
      if (diagnosis !== null) return { kind: 'failed', diagnosis };
      losses.push(result.loss);
      options.onStep(losses.length, result.loss, tokensPerSecond, result.gradientNorm);
    }
  }
  const innerSteps = losses.length;
  if (innerSteps === 0) return { kind: 'no-time', stepMs: givenUpMs };

  const local = await trainer.parameters();
  const differences = state.parameters.map((start, tensor) => {
    const end = local[tensor] ?? start;
    const difference = sharedFloats(start.length);
    for (let i = 0; i < start.length; i += 1) difference[i] = (start[i] ?? 0) - (end[i] ?? 0);
    return difference;
  });
  const loss = losses.reduce((sum, value) => sum + value, 0) / innerSteps;
  return { kind: 'trained', innerSteps, loss, tokensPerSecond, differences };
}

/** Linear warm-up over the run's first inner steps, then constant. @param step inner steps of the run before this one */
export function learningRateAt(inner: Run['spec']['inner'], step: number): number {
  return inner.warmupSteps === 0
    ? inner.learningRate
    : inner.learningRate * Math.min(1, (step + 1) / inner.warmupSteps);
}
