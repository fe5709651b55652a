import { join } from 'node:path';
import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { initialWeights } from '#protocol/initial-weights.ts';
import { parameterShapes } from '#protocol/model-shape.ts';
import { DEFAULT_ADAMW, stepFactors } from '#worker/model/adamw.ts';
import { tokensOfStep } from './engine-configs.ts';
import { peakRssMiB, serveSide } from './serve-side.ts';
import type { SideOptions, Steps } from './side.ts';
import { tfjsLoss } from './tfjs-llama.ts';

interface Trained {
  readonly parameter: tf.Variable;
  readonly first: tf.Variable;
  readonly second: tf.Variable;
}

let options: SideOptions;
let trained: ReadonlyMap<string, Trained>;
let stepIndex = 0;

serveSide({
  open: async (given: SideOptions) => {
    options = given;
    setThreadsCount(given.threads);
    // Paths in a bundle are not the package's.
    setWasmPaths(join(process.cwd(), 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
    await tf.setBackend('wasm');
    const shapes = parameterShapes(given.config);
    const weights = initialWeights(given.config, 0);
    trained = new Map(
      shapes.map(({ name, shape }, index) => {
        const values = tf.tensor(weights[index]!, [...shape]);
        // Weights of linear layers are [in, out] here; the embedding is looked up by rows.
        const turned = shape.length === 2 && !name.includes('embed_tokens') ? tf.transpose(values) : values;
        const variable = (from: tf.Tensor, kind: string): tf.Variable => tf.variable(from, true, `${kind} ${name}`);
        const zeros = (): tf.Tensor => tf.zerosLike(turned);
        const moments = { first: variable(zeros(), 'first'), second: variable(zeros(), 'second') };
        return [name, { parameter: variable(turned, 'parameter'), ...moments }];
      }),
    );
    return null;
  },
  steps: ({ count }: { readonly count: number }): Promise<Steps> => {
    const seconds: number[] = [];
    let loss = NaN;
    for (let index = 0; index < count; index++) {
      const startMs = performance.now();
      loss = tf.tidy(step);
      seconds.push((performance.now() - startMs) / 1000);
    }
    return Promise.resolve({ seconds, loss, peakRssMiB: peakRssMiB(), threads: getThreadsCount() });
  },
});

/** Forward, backward, clipping by the global norm and AdamW by hand: `tf.train` has Adam only. @returns the loss in nats */
function step(): number {
  const { config, batchSize, learningRate } = options;
  const tokens = tf.tensor2d(
    tokensOfStep(config, batchSize, stepIndex++),
    [batchSize, config.sequenceLength + 1],
    'int32',
  );
  const parameters = new Map([...trained].map(([name, { parameter }]) => [name, parameter]));
  const { value, grads } = tf.variableGrads(() => tfjsLoss(config, parameters, tokens), [...parameters.values()]);
  const { beta1, beta2, clipNorm } = DEFAULT_ADAMW;
  const { decay, stepSize, epsilon } = stepFactors(DEFAULT_ADAMW, learningRate, stepIndex);
  const norm = Math.sqrt(Object.values(grads).reduce((sum, grad) => sum + scalarOf(tf.sum(tf.square(grad))), 0));
  const scale = Math.min(1, clipNorm / (norm + 1e-6));
  for (const { parameter, first, second } of trained.values()) {
    tf.tidy(() => {
      const gradient = tf.mul(grads[parameter.name]!, scale);
      first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)));
      second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      const direction = tf.div(first, tf.add(tf.sqrt(second), epsilon));
      parameter.assign(tf.sub(tf.mul(parameter, decay), tf.mul(direction, stepSize)));
    });
  }
  return scalarOf(value);
}

const scalarOf = (value: tf.Tensor): number => value.dataSync()[0] ?? NaN;
