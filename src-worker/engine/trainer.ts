import type { Tensor } from 'onnxruntime-node';
import { MillraceError } from '#protocol/errors.ts';
import { elementCount, parameterShapes, type ModelConfig, type ParameterShape } from '#protocol/model-shape.ts';
import { DEFAULT_ADAMW, stepFactors, type AdamWOptions } from '#worker/model/adamw.ts';
import {
  FIRST_MOMENT,
  GRADIENT_NORM,
  LOSS,
  NEXT,
  SECOND_MOMENT,
  STEP_FACTORS,
  TOKENS,
  trainingStepModel,
} from '#worker/model/training-step.ts';
import { orderedParameters, type Parameters } from './parameters.ts';
import { createSession, type RuntimeOptions, type Session } from './runtime.ts';
import { copyTokens, type Tokens } from './tokens.ts';

export interface TrainerOptions extends RuntimeOptions {
  readonly config: ModelConfig;
  /** Windows in one step. */
  readonly batchSize: number;
  readonly optimizer?: AdamWOptions;
}

export interface StepResult {
  /** Mean cross entropy of the batch in nats, before the step. */
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}

export interface StepOptions {
  /** Checked before the step; a step that has begun runs to its end. */
  readonly signal?: AbortSignal;
}

/** A model under training: parameters and AdamW moments stay here between steps. */
export interface Trainer {
  /** Replaces the parameters by copies. The optimiser's state is kept. */
  readonly load: (parameters: Parameters) => void;
  /** One inner step on tokens [batchSize, sequenceLength + 1]. Steps must not overlap. */
  readonly trainStep: (tokens: Tokens, learningRate: number, options?: StepOptions) => Promise<StepResult>;
  /** Copies of the parameters, in the order of `parameterShapes`. */
  readonly parameters: () => readonly Float32Array[];
  /** Forgets the moments and starts counting steps anew. */
  readonly resetOptimizer: () => void;
  /** Frees the runtime's memory; the trainer is of no use afterwards. */
  readonly dispose: () => Promise<void>;
}

/** Builds and loads the fused inner step of a model. Its parameters are zeros until `load`. Throws MillraceError ENGINE. */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { config, batchSize, optimizer = DEFAULT_ADAMW } = options;
  const session = await createSession(trainingStepModel(config, batchSize, optimizer), options);
  return new CpuTrainer(session, config, batchSize, optimizer);
}

class CpuTrainer implements Trainer {
  readonly #session: Session;
  readonly #config: ModelConfig;
  readonly #shapes: readonly ParameterShape[];
  readonly #parameters: readonly Float32Array[];
  readonly #moments: readonly Float32Array[];
  readonly #tokens: Int32Array;
  readonly #optimizer: AdamWOptions;
  readonly #factors = { decay: new Float32Array(1), stepSize: new Float32Array(1), epsilon: new Float32Array(1) };
  readonly #loss = new Float32Array(1);
  readonly #gradientNorm = new Float32Array(1);
  readonly #inputs: Readonly<Record<string, Tensor>>;
  readonly #outputs: Readonly<Record<string, Tensor>>;
  #stepsDone = 0;
  #state: 'ready' | 'running' | 'broken' | 'disposed' = 'ready';

  constructor(session: Session, config: ModelConfig, batchSize: number, optimizer: AdamWOptions) {
    const window = config.sequenceLength + 1;
    this.#session = session;
    this.#config = config;
    this.#optimizer = optimizer;
    this.#shapes = parameterShapes(config);
    this.#tokens = new Int32Array(batchSize * window);
    const zeros = () => this.#shapes.map(({ shape }) => new Float32Array(elementCount(shape)));
    const [parameters, firsts, seconds] = [zeros(), zeros(), zeros()];
    this.#parameters = parameters;
    this.#moments = [...firsts, ...seconds];

    // The next state is written over the current one. That is safe because every reader of a state tensor is upstream
    // of the elementwise node that writes it: parameters are read by forward and backward, which the gradient norm and
    // so every update waits for, and a moment only by its own update.
    const inputs: Record<string, Tensor> = {};
    const outputs: Record<string, Tensor> = {};
    for (const [prefix, arrays] of [
      ['', parameters],
      [FIRST_MOMENT, firsts],
      [SECOND_MOMENT, seconds],
    ] as const) {
      for (const [index, { name, shape }] of this.#shapes.entries()) {
        const tensor = session.float(arrays[index] ?? new Float32Array(0), shape);
        inputs[prefix + name] = tensor;
        outputs[NEXT + prefix + name] = tensor;
      }
    }
    inputs[TOKENS] = session.int32(this.#tokens, [batchSize, window]);
    for (const name of STEP_FACTORS) inputs[name] = session.float(this.#factors[name], []);
    outputs[LOSS] = session.float(this.#loss, []);
    outputs[GRADIENT_NORM] = session.float(this.#gradientNorm, []);
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  load(parameters: Parameters): void {
    this.#requireIdle();
    const values = orderedParameters(parameters, this.#shapes);
    for (const [index, value] of values.entries()) this.#parameters[index]?.set(value);
  }

  async trainStep(tokens: Tokens, learningRate: number, { signal }: StepOptions = {}): Promise<StepResult> {
    this.#requireIdle();
    signal?.throwIfAborted();
    copyTokens(tokens, this.#tokens, this.#config);
    const factors = stepFactors(this.#optimizer, learningRate, this.#stepsDone + 1);
    for (const name of STEP_FACTORS) this.#factors[name][0] = factors[name];
    this.#state = 'running';
    try {
      await this.#session.run(this.#inputs, this.#outputs);
      this.#state = 'ready';
      this.#stepsDone += 1;
    } finally {
      // A step that failed half-way may have written some tensors and not others.
      if (this.#state === 'running') this.#state = 'broken';
    }
    return { loss: this.#loss[0] ?? NaN, gradientNorm: this.#gradientNorm[0] ?? NaN };
  }

  parameters(): readonly Float32Array[] {
    this.#requireIdle();
    return this.#parameters.map((values) => values.slice());
  }

  resetOptimizer(): void {
    this.#requireIdle();
    for (const values of this.#moments) values.fill(0);
    this.#stepsDone = 0;
  }

  async dispose(): Promise<void> {
    if (this.#state === 'disposed') return;
    this.#requireIdle('broken');
    this.#state = 'disposed';
    await this.#session.dispose();
  }

  #requireIdle(alsoFine: 'ready' | 'broken' = 'ready'): void {
    if (this.#state === 'ready' || this.#state === alsoFine) return;
    throw new MillraceError('ENGINE', `The trainer is ${this.#state}`);
  }
}
