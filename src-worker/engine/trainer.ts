import { setImmediate } from 'node:timers/promises';
import { MillraceError } from '#protocol/errors.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';
import { DEFAULT_ADAMW, type AdamWOptions } from '#worker/model/adamw.ts';
import { isPlain, NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import { wholeModel } from '#worker/model/shard.ts';
import type { DeviceOptions, Traffic } from './device.ts';
import { openDevice } from './open-device.ts';
import { clipScale } from './optimiser.ts';
import { createPace, type Pace } from './pace.ts';
import type { Parameters } from './parameters.ts';
import { firstRunSize, nextRunSize } from './run-size.ts';
import { ShardEngine } from './shard-engine.ts';
import { stepByStep } from './step-by-step.ts';
import { copyTokens, type Tokens } from './tokens.ts';

export interface TrainerOptions extends DeviceOptions {
  readonly config: ModelConfig;
  /** Windows in one step. */
  readonly batchSize: number;
  /** Windows in one run at most, because memory holds no more: a divisor of `batchSize`. */
  readonly largestRunSize?: number;
  readonly optimizer?: AdamWOptions;
  /** Nothing is saved if left out. */
  readonly savings?: MemorySavings;
  /** Decoder layers that are kept for the backward pass at a time, see ShardEngineOptions; all if left out. */
  readonly segmentLayers?: number;
  readonly pace?: Pace;
  /** Times the runs, whose size follows from how long they take; the process's own clock if left out. */
  readonly nowMs?: () => number;
}

export interface StepResult {
  /** Mean cross entropy of the batch in nats, before the step. */
  readonly loss: number;
  /** Global norm of the gradients before clipping. Not finite: the parameters and moments are of no use any more. */
  readonly gradientNorm: number;
}

export interface StepOptions {
  /**
   * Ends the step with the signal's reason after the run that is under way (about `MAX_RUN_MS` where a single window is no
   * longer); nothing has changed then. Once the update has begun it runs to its end.
   */
  readonly signal?: AbortSignal;
}

/** A whole model under training: parameters and AdamW moments stay here between steps. */
export interface Trainer {
  /** Replaces the parameters by copies. The optimiser's state is kept. */
  readonly load: (parameters: Parameters) => void;
  /** One inner step on tokens [batchSize, sequenceLength + 1]. Steps must not overlap. */
  readonly trainStep: (tokens: Tokens, learningRate: number, options?: StepOptions) => Promise<StepResult>;
  /**
   * Inner steps on tokens [steps, batchSize, sequenceLength + 1], one for each learning rate. The signal stops between runs, as
   * for `trainStep`; steps of the runs before are done then.
   */
  readonly trainSteps: (
    tokens: Tokens,
    learningRates: readonly number[],
    options?: StepOptions,
  ) => Promise<readonly StepResult[]>;
  /** Inner steps in one run at present: more than 1 only where tensors cannot stay on the device between runs. */
  readonly stepsPerRun: () => number;
  /** Copies of the parameters, in the order of `parameterShapes`. */
  readonly parameters: () => Promise<readonly Float32Array[]>;
  /** Forgets the moments and starts counting steps anew. */
  readonly resetOptimizer: () => void;
  /** What has crossed between the CPU's memory and the device's so far. */
  readonly traffic: () => Traffic;
  /** Frees the runtime's memory; the trainer is of no use afterwards. */
  readonly dispose: () => Promise<void>;
}

/** Steps whose shortest run decides how long a run takes. */
const MEASURED_STEPS = 3;
const NEVER = new AbortController().signal;

/** Whether one graph makes a step: nothing is computed twice and the optimiser's state is plain. */
export const trainsAtOnce = ({
  config,
  savings = NO_SAVINGS,
  segmentLayers = config.layers,
}: TrainerOptions): boolean => isPlain(savings) && segmentLayers >= config.layers;

/** A trainer whose parameters are zeros until `load`. @throws MillraceError ENGINE */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { config, batchSize, threads, optimizer = DEFAULT_ADAMW, pace = createPace(), nowMs } = options;
  const { savings = NO_SAVINGS, segmentLayers = config.layers } = options;
  const fuses = trainsAtOnce(options);
  const device = await openDevice(options);
  const host = savings.optimiserPlace === 'host' ? await openDevice({ provider: 'cpu', threads }) : null;
  /** Also no larger than what was too slow once: the sizes would go back and forth. */
  let largestRunSize = options.largestRunSize ?? batchSize;
  const first = options.provider === 'cpu' ? firstRunSize(config, batchSize, threads) : batchSize;
  let runSize = Math.min(largestRunSize, first);
  let signal = NEVER;
  let slowestRunsMs: number[] = [];
  let slowestRunMs = 0;
  const beforeRun = async (): Promise<void> => {
    // A run keeps the process from hearing anything: without a turn for timers and messages an abort would wait for the next run too.
    await setImmediate();
    await pace.beforeRun(signal);
  };
  const afterRun = (ranMs: number): void => {
    slowestRunMs = Math.max(slowestRunMs, ranMs);
    pace.afterRun(ranMs);
  };
  const sizes = () => ({ microBatches: batchSize / runSize, microBatchSize: runSize });
  const engine = new ShardEngine(device, {
    ...{ config, optimizer, beforeRun, afterRun, shard: wholeModel(config) },
    ...{ savings, segmentLayers, ...(host === null ? {} : { host }), ...(nowMs && { nowMs }) },
    ...sizes(),
  });

  let state: 'ready' | 'running' | 'broken' | 'disposed' = 'ready';
  const requireReady = (): void => {
    if (state !== 'ready') throw new MillraceError('ENGINE', `The trainer is ${state}`);
  };

  function adaptRunSize(): void {
    slowestRunsMs = [...slowestRunsMs, slowestRunMs].slice(-MEASURED_STEPS);
    if (slowestRunsMs.length < MEASURED_STEPS) return;
    const next = Math.min(largestRunSize, nextRunSize(batchSize, runSize, Math.min(...slowestRunsMs)));
    if (next === runSize) return;
    if (next < runSize) largestRunSize = next;
    runSize = next;
    slowestRunsMs = [];
    engine.resize(sizes());
  }

  async function inMicroBatches(tokens: Tokens, learningRate: number): Promise<StepResult> {
    const window = runSize * (config.sequenceLength + 1);
    const runs = batchSize / runSize;
    let loss = 0;
    for (let index = 0; index < runs; index++) {
      const batch = tokens.subarray(index * window, (index + 1) * window);
      await engine.forward(index, { tokens: batch, hidden: null });
      loss += (await engine.backward(index, null)).loss ?? NaN;
    }
    const gradientNorm = Math.sqrt(await engine.gradientNormSquare());
    await engine.update(clipScale(gradientNorm, optimizer.clipNorm), learningRate);
    return { loss: loss / runs, gradientNorm };
  }

  const trainer: Trainer = {
    load: (parameters) => {
      requireReady();
      engine.load(parameters);
    },
    trainStep: async (tokens, learningRate, stepOptions = {}) => {
      requireReady();
      signal = stepOptions.signal ?? NEVER;
      signal.throwIfAborted();
      const batch = new Int32Array(batchSize * (config.sequenceLength + 1));
      copyTokens(tokens, batch, config);
      state = 'running';
      slowestRunMs = 0;
      try {
        const result = await (fuses && runSize === batchSize
          ? engine.fusedStep(batch, learningRate)
          : inMicroBatches(batch, learningRate));
        adaptRunSize();
        state = 'ready';
        return result;
      } catch (error) {
        engine.abandonStep();
        // A run that failed half-way may have written some tensors and not others.
        state = signal.aborted && error === signal.reason ? 'ready' : 'broken';
        throw error;
      }
    },
    trainSteps: (tokens, learningRates, stepOptions) => stepByStep(trainer, tokens, learningRates, stepOptions),
    stepsPerRun: () => 1,
    parameters: () => {
      requireReady();
      return engine.parameters();
    },
    resetOptimizer: () => {
      requireReady();
      engine.resetOptimizer();
    },
    traffic: () => device.traffic(),
    dispose: async () => {
      if (state === 'disposed') return;
      if (state === 'running') throw new MillraceError('ENGINE', 'The trainer is running');
      state = 'disposed';
      await device.dispose();
      await host?.dispose();
      await engine.dispose();
    },
  };
  return trainer;
}
