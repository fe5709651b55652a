import { MillraceError } from '#protocol/errors.ts';
import { parameterShapes } from '#protocol/model-shape.ts';
import { DEFAULT_ADAMW, stepFactors } from '#worker/model/adamw.ts';
import { NEXT, STEP_FACTORS } from '#worker/model/optimiser-graphs.ts';
import { TOKENS } from '#worker/model/shard-graphs.ts';
import { FIRST_MOMENT, SECOND_MOMENT } from '#worker/model/training-step.ts';
import { LOSSES_OF_STEPS, NORMS_OF_STEPS, unrolledStepsModel } from '#worker/model/unrolled-steps.ts';
import type { Device, DeviceTensor, Kernel } from './device.ts';
import { createPace } from './pace.ts';
import { orderedParameters } from './parameters.ts';
import { StepsPerRun } from './steps-per-run.ts';
import { copyTokens } from './tokens.ts';
import type { StepResult, Trainer, TrainerOptions } from './trainer.ts';

export interface UnrolledTrainerOptions extends Omit<TrainerOptions, 'provider' | 'threads'> {
  /** Inner steps a run as they were chosen before; without it the first runs are measured. */
  readonly stepsPerRun?: number | undefined;
}

const NEVER = new AbortController().signal;

/**
 * A trainer on a device that keeps no tensors between runs: the state lies in the CPU's memory and crosses with every run, so a
 * run makes several inner steps. The next state is written over the current one. That is safe as in `runFusedStep`: whoever reads
 * a tensor of the state is upstream of the node that writes it.
 * @param device is disposed with the trainer
 */
export function createUnrolledTrainer(device: Device, options: UnrolledTrainerOptions): Trainer {
  const { config, batchSize, optimizer = DEFAULT_ADAMW, pace = createPace() } = options;
  const stepTokens = batchSize * (config.sequenceLength + 1);
  const shapes = parameterShapes(config);
  const state = shapes.map(({ name, shape }) => ({
    ...{ name, parameter: device.zeros(shape), first: device.zeros(shape), second: device.zeros(shape) },
  }));
  const stepsPerRun = new StepsPerRun(options.stepsPerRun ?? null);
  const kernels = new Map<number, Kernel>();
  let stepsDone = 0;
  let phase: 'ready' | 'running' | 'broken' | 'disposed' = 'ready';
  const requireReady = (): void => {
    if (phase !== 'ready') throw new MillraceError('ENGINE', `The trainer is ${phase}`);
  };

  async function kernelOf(steps: number): Promise<Kernel> {
    const known = kernels.get(steps);
    if (known !== undefined) return known;
    const kernel = await device.load(unrolledStepsModel(config, { batchSize, steps, optimizer }));
    kernels.set(steps, kernel);
    return kernel;
  }

  /** Frees graphs that were only measured; that of one step makes the remainders. */
  async function dropUnused(): Promise<void> {
    for (const [steps, kernel] of kernels) {
      if (steps === 1 || steps === stepsPerRun.current) continue;
      kernels.delete(steps);
      await kernel.dispose();
    }
  }

  async function run(kernel: Kernel, tokens: Int32Array, rates: readonly number[]): Promise<readonly StepResult[]> {
    const steps = rates.length;
    const factors = rates.map((rate, index) => stepFactors(optimizer, rate, stepsDone + index + 1));
    const [losses, norms] = [device.zeros([steps]), device.zeros([steps])];
    const inputs: Record<string, DeviceTensor> = {
      [TOKENS]: device.tensor(tokens, [steps, batchSize, config.sequenceLength + 1]),
    };
    const outputs: Record<string, DeviceTensor> = { [LOSSES_OF_STEPS]: losses, [NORMS_OF_STEPS]: norms };
    for (const name of STEP_FACTORS) {
      inputs[name] = device.tensor(
        Float32Array.from(factors, (factor) => factor[name]),
        [steps],
      );
    }
    for (const { name, parameter, first, second } of state) {
      inputs[name] = outputs[NEXT + name] = parameter;
      inputs[FIRST_MOMENT + name] = outputs[NEXT + FIRST_MOMENT + name] = first;
      inputs[SECOND_MOMENT + name] = outputs[NEXT + SECOND_MOMENT + name] = second;
    }
    await kernel.run(inputs, outputs);
    stepsDone += steps;
    const [lossValues, normValues] = [await device.read(losses), await device.read(norms)];
    device.free(losses);
    device.free(norms);
    return rates.map((_, step) => ({ loss: lossValues[step] ?? NaN, gradientNorm: normValues[step] ?? NaN }));
  }

  const trainSteps: Trainer['trainSteps'] = async (tokens, learningRates, { signal = NEVER } = {}) => {
    requireReady();
    signal.throwIfAborted();
    const batches = new Int32Array(learningRates.length * stepTokens);
    copyTokens(tokens, batches, config);
    phase = 'running';
    const results: StepResult[] = [];
    try {
      while (results.length < learningRates.length) {
        const done = results.length;
        const steps = learningRates.length - done < stepsPerRun.current ? 1 : stepsPerRun.current;
        const kernel = await kernelOf(steps);
        await pace.beforeRun(signal);
        const startedMs = performance.now();
        const batch = batches.slice(done * stepTokens, (done + steps) * stepTokens);
        results.push(...(await run(kernel, batch, learningRates.slice(done, done + steps))));
        const ranMs = performance.now() - startedMs;
        pace.afterRun(ranMs);
        if (steps === stepsPerRun.current) stepsPerRun.measured(ranMs);
        await dropUnused();
      }
      phase = 'ready';
      return results;
    } catch (error) {
      // A run that failed half-way may have written some tensors and not others.
      phase = signal.aborted && error === signal.reason ? 'ready' : 'broken';
      throw error;
    }
  };

  return {
    load: (parameters) => {
      requireReady();
      for (const [index, values] of orderedParameters(parameters, shapes).entries()) {
        const tensor = state[index]?.parameter;
        if (tensor !== undefined) device.write(tensor, values);
      }
    },
    trainSteps,
    trainStep: async (tokens, learningRate, stepOptions) => {
      const [result] = await trainSteps(tokens, [learningRate], stepOptions);
      if (result === undefined) throw new MillraceError('ENGINE', 'A step has no result');
      return result;
    },
    stepsPerRun: () => stepsPerRun.current,
    parameters: () => {
      requireReady();
      return Promise.all(state.map(({ parameter }) => device.read(parameter)));
    },
    resetOptimizer: () => {
      requireReady();
      stepsDone = 0;
      for (const { first, second } of state) {
        device.clear(first);
        device.clear(second);
      }
    },
    traffic: () => device.traffic(),
    dispose: async () => {
      if (phase === 'disposed') return;
      if (phase === 'running') throw new MillraceError('ENGINE', 'The trainer is running');
      phase = 'disposed';
      for (const kernel of kernels.values()) await kernel.dispose();
      await device.dispose();
    },
  };
}
