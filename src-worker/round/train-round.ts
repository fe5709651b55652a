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
  /** Asked before every step with the slowest one so far: a worker that is too slow sends what it has instead of nothing. */
  readonly hasTime: (slowestStepMs: number) => boolean;
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
  let innerSteps = 0;
  let tokensPerSecond = 0;
  let slowestStepMs = 0;
  for (; innerSteps < steps && options.hasTime(slowestStepMs); innerSteps += 1) {
    const stepStartedMs = options.nowMs();
    const batch = tokens.subarray(innerSteps * batchTokens, (innerSteps + 1) * batchTokens);
    const learningRate = learningRateAt(run.spec.inner, state.step * steps + innerSteps);
    const result = await trainer.trainStep(batch, learningRate, { signal });
    const diagnosis = diagnoseStep(losses, result);
    if (diagnosis !== null) return { kind: 'failed', diagnosis };
    const { loss, gradientNorm } = result;
    slowestStepMs = Math.max(slowestStepMs, options.nowMs() - stepStartedMs);
    losses.push(loss);
    const trainedTokens = (innerSteps + 1) * batchSize * run.spec.model.sequenceLength;
    tokensPerSecond = (1000 * trainedTokens) / Math.max(1, options.nowMs() - startedMs);
    options.onStep(innerSteps + 1, loss, tokensPerSecond, gradientNorm);
  }
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
