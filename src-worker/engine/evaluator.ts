import type { Tensor } from 'onnxruntime-node';
import { MillraceError } from '#protocol/errors.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { evaluationModel, LOSSES, TOKENS } from '#worker/model/training-step.ts';
import { orderedParameters, type Parameters } from './parameters.ts';
import { createSession, type RuntimeOptions } from './runtime.ts';
import { copyTokens, type Tokens } from './tokens.ts';

export interface EvaluatorOptions extends RuntimeOptions {
  readonly config: ModelConfig;
  /** Windows in one evaluation. */
  readonly batchSize: number;
}

/** Measures losses of any parameters of one model; keeps none of them. */
export interface Evaluator {
  /** Mean cross entropy in nats over the batch [batchSize, sequenceLength + 1]. */
  readonly loss: (
    parameters: Parameters,
    tokens: Tokens,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<number>;
  /** The mean of each window. */
  readonly losses: (
    parameters: Parameters,
    tokens: Tokens,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<Float32Array>;
  readonly dispose: () => Promise<void>;
}

/** Builds and loads the forward pass of a model. Throws MillraceError ENGINE. */
export async function createEvaluator(options: EvaluatorOptions): Promise<Evaluator> {
  const { config, batchSize } = options;
  const session = await createSession(evaluationModel(config, batchSize), options);
  const shapes = parameterShapes(config);
  const window = config.sequenceLength + 1;
  let state: 'ready' | 'running' | 'disposed' = 'ready';

  const losses: Evaluator['losses'] = async (parameters, tokens, { signal } = {}) => {
    if (state !== 'ready') throw new MillraceError('ENGINE', `The evaluator is ${state}`);
    signal?.throwIfAborted();
    const batch = new Int32Array(batchSize * window);
    copyTokens(tokens, batch, config);
    const inputs: Record<string, Tensor> = { [TOKENS]: session.int32(batch, [batchSize, window]) };
    const values = orderedParameters(parameters, shapes);
    for (const [index, { name, shape }] of shapes.entries()) {
      inputs[name] = session.float(values[index] ?? new Float32Array(0), shape);
    }
    const result = new Float32Array(batchSize);
    state = 'running';
    try {
      await session.run(inputs, { [LOSSES]: session.float(result, [batchSize]) });
    } finally {
      state = 'ready';
    }
    return result;
  };

  return {
    losses,
    loss: async (parameters, tokens, signalOptions) => {
      const each = await losses(parameters, tokens, signalOptions);
      return each.reduce((sum, loss) => sum + loss, 0) / each.length;
    },
    dispose: async () => {
      if (state === 'disposed') return;
      if (state === 'running') throw new MillraceError('ENGINE', 'The evaluator is running');
      state = 'disposed';
      await session.dispose();
    },
  };
}
