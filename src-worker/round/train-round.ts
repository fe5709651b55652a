import type { Hotkey } from '#protocol/ids.ts';
import { assignedWindows } from '#protocol/round/assignment.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { DataPages } from '../run/data-pages.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';
import { diagnoseStep } from './diagnose-step.ts';

export interface TrainRoundOptions {
  readonly run: Run;
  readonly round: number;
  /** Hash of the round's first block. */
  readonly blockHash: string;
  readonly hotkey: Hotkey;
  readonly state: ReplicaState;
  readonly trainer: Trainer;
  readonly pages: DataPages;
  readonly sources: readonly string[];
  /**
   * Asked with the slowest so far before every step, or before several that the trainer takes at once: a worker that is too slow
   * sends what it has instead of nothing.
   */
  readonly hasTime: (slowestRunMs: number) => boolean;
  readonly onStep: (step: number, loss: number, tokensPerSecond: number, gradientNorm: number) => void;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

interface TrainedRound {
  readonly innerSteps: number;
  /** Mean over the inner steps, nats per token. */
  readonly loss: number;
  readonly tokensPerSecond: number;
  /** θ_start − θ_local for each tensor. */
  readonly differences: readonly Float32Array[];
}

export type RoundOutcome =
  | ({ readonly kind: 'trained' } & TrainedRound)
  /** Time ran out before the first step. */
  | { readonly kind: 'no-time' }
  /** Training went wrong: neither the parameters nor the optimiser's moments are of use. */
  | { readonly kind: 'failed'; readonly diagnosis: string };

/** Runs a round's inner steps on the assigned windows. */
export async function trainRound(options: TrainRoundOptions): Promise<RoundOutcome> {
  const { run, round, state, trainer, signal } = options;
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
  let slowestRunMs = 0;
  while (losses.length < steps && options.hasTime(slowestRunMs)) {
    const done = losses.length;
    const count = Math.min(trainer.stepsPerRun(), steps - done);
    const runStartedMs = options.nowMs();
    const results = await trainer.trainSteps(
      tokens.subarray(done * batchTokens, (done + count) * batchTokens),
      Array.from({ length: count }, (_, step) => learningRateAt(run.spec.inner, state.step * steps + done + step)),
      { signal },
    );
    slowestRunMs = Math.max(slowestRunMs, options.nowMs() - runStartedMs);
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
  if (innerSteps === 0) return { kind: 'no-time' };

  const local = await trainer.parameters();
  const differences = state.parameters.map((start, tensor) => {
    const end = local[tensor] ?? start;
    return start.map((value, i) => value - (end[i] ?? value));
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
