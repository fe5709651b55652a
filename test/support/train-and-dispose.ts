// A process of its own: `node --expose-gc train-and-dispose.ts` trains on the GPU, gives it back, does so again, and prints
// one line of JSON (GivenBack[], one for each time).
import { initialWeights } from '#protocol/initial-weights.ts';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { createTrainer } from '#worker/engine/trainer.ts';

export interface GivenBack {
  readonly loss: number;
  readonly parameterBytes: number;
  /** Resident memory of the process, in which a GPU in software has its own, with the trainer and after it. */
  readonly trainedBytes: number;
  readonly disposedBytes: number;
}

/** Nearly all of it is tables, so that it is large and soon computed. */
const config: ModelConfig = {
  ...{ hiddenSize: 128, layers: 1, heads: 2, kvHeads: 2, headSize: 64, ffnSize: 128, vocabSize: 16_384 },
  ...{ sequenceLength: 4, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
const weights = initialWeights(config, 0);
const tokens = Int32Array.from({ length: config.sequenceLength + 1 }, (_, index) => index);

async function trainOnce(): Promise<GivenBack> {
  const trainer = await createTrainer({ config, batchSize: 1, threads: 1, provider: 'webgpu' });
  trainer.load(weights);
  const { loss } = await trainer.trainStep(tokens, 1e-3);
  const trainedBytes = residentBytes();
  await trainer.dispose();
  return { loss, trainedBytes, disposedBytes: residentBytes(), parameterBytes: 4 * parameterCount(config) };
}

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

console.log(JSON.stringify([await trainOnce(), await trainOnce()]));
