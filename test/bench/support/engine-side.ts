import { initialWeights } from '#protocol/initial-weights.ts';
import { createTrainer, type Trainer } from '#worker/engine/trainer.ts';
import { tokensOfStep } from './engine-configs.ts';
import { median } from './median.ts';
import { peakRssMiB, serveSide } from './serve-side.ts';
import type { Requests, SideOptions, Steps } from './side.ts';

/** Steps of ours, with what onnxruntime itself took. */
export interface EngineSteps extends Steps {
  /** Of each step: seconds within onnxruntime's `session.run`. */
  readonly runSeconds: readonly number[];
  readonly slowestRunMs: number;
  /** Runs in one step: the trainer decides. */
  readonly runsPerStep: number;
}

export interface EngineRequests extends Omit<Requests, 'steps'> {
  readonly steps: { readonly ask: { readonly count: number }; readonly reply: EngineSteps };
  /** Aborts so many steps, each after one of these shares of its usual time. @returns ms until each step ended, without steps that ended before */
  readonly stops: { readonly ask: { readonly shares: readonly number[] }; readonly reply: readonly number[] };
}

let options: SideOptions;
let trainer: Trainer;
let stepIndex = 0;
let usualMs = 0;
let runsMs: number[] = [];

serveSide({
  open: async (given: SideOptions) => {
    options = given;
    trainer = await createTrainer({ ...given, provider: 'cpu' });
    await timeRuns();
    trainer.load(initialWeights(given.config, 0));
    return null;
  },
  steps: ({ count }: { readonly count: number }) => steps(count),
  stops: async ({ shares }: { readonly shares: readonly number[] }) => {
    const latenciesMs: number[] = [];
    for (const share of shares) latenciesMs.push(await stop(share * usualMs));
    return latenciesMs.filter((latencyMs) => latencyMs > 0);
  },
});

/** Only now: the engine sets how the library loads. */
async function timeRuns(): Promise<void> {
  const { InferenceSession } = await import('onnxruntime-node');
  const prototype = (InferenceSession as unknown as { readonly prototype: { run: (...given: unknown[]) => unknown } })
    .prototype;
  const { run } = prototype;
  prototype.run = async function (this: unknown, ...given) {
    const startMs = performance.now();
    try {
      return await run.apply(this, given);
    } finally {
      runsMs.push(performance.now() - startMs);
    }
  };
}

function step(signal?: AbortSignal): ReturnType<Trainer['trainStep']> {
  const tokens = tokensOfStep(options.config, options.batchSize, stepIndex);
  return trainer.trainStep(tokens, options.learningRate, signal && { signal });
}

async function steps(count: number): Promise<EngineSteps> {
  const seconds: number[] = [];
  const runSeconds: number[] = [];
  let slowestRunMs = 0;
  let loss = NaN;
  for (let index = 0; index < count; index++) {
    runsMs = [];
    const startMs = performance.now();
    ({ loss } = await step());
    seconds.push((performance.now() - startMs) / 1000);
    stepIndex += 1;
    runSeconds.push(runsMs.reduce((sum, runMs) => sum + runMs, 0) / 1000);
    slowestRunMs = Math.max(slowestRunMs, ...runsMs);
  }
  usualMs = 1000 * median(seconds);
  const measured = { seconds, runSeconds, slowestRunMs, runsPerStep: runsMs.length, loss };
  return { ...measured, peakRssMiB: peakRssMiB(), threads: options.threads };
}

/**
 * Ms from the moment at which the abort is due until the step has ended. Counted from when it is due, not from when a timer
 * gets its turn: a run keeps this process from hearing anything, and so it would keep it from hearing its owner.
 */
async function stop(afterMs: number): Promise<number> {
  const controller = new AbortController();
  const dueMs = performance.now() + afterMs;
  setTimeout(() => controller.abort(), afterMs);
  await step(controller.signal).then(
    // It was too late to stop: the update was under way.
    () => (stepIndex += 1),
    (error: unknown) => {
      if (!controller.signal.aborted) throw error;
    },
  );
  return performance.now() - dueMs;
}
