import { MillraceError } from '#protocol/errors.ts';
import { parameterShapes, type ModelConfig } from '#protocol/model-shape.ts';
import { forwardModel, LOSSES, TOKENS } from '#worker/model/shard-graphs.ts';
import { wholeModel } from '#worker/model/shard.ts';
import type { DeviceOptions, DeviceTensor } from './device.ts';
import { openDevice } from './open-device.ts';
import { orderedParameters, type Parameters } from './parameters.ts';
import { copyTokens, type Tokens } from './tokens.ts';

export interface EvaluatorOptions extends DeviceOptions {
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

export const meanLoss = (losses: Float32Array): number => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;

/** Builds and loads the forward pass of a model. Throws MillraceError ENGINE. */
export async function createEvaluator(options: EvaluatorOptions): Promise<Evaluator> {
  const { config, batchSize } = options;
  const device = await openDevice(options);
  const kernel = await device.load(forwardModel(config, wholeModel(config), batchSize));
  const shapes = parameterShapes(config);
  const window = config.sequenceLength + 1;
  let state: 'ready' | 'running' | 'disposed' = 'ready';

  const losses: Evaluator['losses'] = async (parameters, tokens, { signal } = {}) => {
    if (state !== 'ready') throw new MillraceError('ENGINE', `The evaluator is ${state}`);
    signal?.throwIfAborted();
    const batch = new Int32Array(batchSize * window);
    copyTokens(tokens, batch, config);
    const inputs: Record<string, DeviceTensor> = { [TOKENS]: device.tensor(batch, [batchSize, window]) };
    const values = orderedParameters(parameters, shapes);
    for (const [index, { name, shape }] of shapes.entries()) {
      inputs[name] = device.tensor(values[index] ?? new Float32Array(0), shape);
    }
    const result = device.zeros([batchSize]);
    state = 'running';
    try {
      await kernel.run(inputs, { [LOSSES]: result });
    } finally {
      state = 'ready';
    }
    return device.read(result);
  };

  return {
    losses,
    loss: async (...asked) => meanLoss(await losses(...asked)),
    dispose: async () => {
      if (state === 'disposed') return;
      if (state === 'running') throw new MillraceError('ENGINE', 'The evaluator is running');
      state = 'disposed';
      await kernel.dispose();
      await device.dispose();
    },
  };
}
