import { elementCount, type ModelConfig } from '#protocol/model-shape.ts';
import type { Device } from '#worker/engine/device.ts';
import { openDevice } from '#worker/engine/open-device.ts';
import { clipScale } from '#worker/engine/optimiser.ts';
import { ShardEngine } from '#worker/engine/shard-engine.ts';
import { shardParameters, type Shard } from '#worker/model/shard.ts';
import { loadWeights } from '#worker/weights/load-weights.ts';
import { peakRssMiB, serveSide } from './serve-side.ts';
import { marked } from './shard-weights.ts';

const THREADS = 2;
const LEARNING_RATE = 1e-3;

interface ShardCase {
  readonly config: ModelConfig;
  readonly shard: Shard;
  readonly segmentLayers: number;
}

/** What it took until all graphs of a step were there. */
interface Built {
  readonly seconds: number;
  /** Of these, in onnxruntime. */
  readonly sessionSeconds: number;
  readonly sessions: number;
  /** Of all graphs, written down. */
  readonly graphBytes: number;
  /** Of the process with onnxruntime, before the first graph. */
  readonly emptyRssMiB: number;
  readonly peakRssMiB: number;
}

/** A step with weights from disk. */
interface Stepped {
  readonly loadedBytes: number;
  readonly loadSeconds: number;
  readonly forwardSeconds: number;
  readonly backwardSeconds: number;
  readonly updateSeconds: number;
  readonly gradientNorm: number;
  /** All rows and gradients are numbers, every tensor came from its own place, and the update changed what comes out. */
  readonly sound: boolean;
  readonly peakRssMiB: number;
}

export interface ShardRequests {
  readonly build: { readonly ask: ShardCase; readonly reply: Built };
  readonly step: { readonly ask: ShardCase & { readonly path: string }; readonly reply: Stepped };
}

serveSide({ build, step });

/**
 * Takes two micro-batches and the update of a shard with runs left out: the engine asks for every graph that a step needs,
 * and each is built and loaded, but no state is touched.
 */
async function build({ config, shard, segmentLayers }: ShardCase): Promise<Built> {
  const device = await openDevice({ provider: 'cpu', threads: THREADS });
  const emptyRssMiB = process.memoryUsage().rss / 2 ** 20;
  let [sessions, graphBytes, sessionSeconds] = [0, 0, 0];
  const loading: Device = {
    ...device,
    load: async (model) => {
      const startMs = performance.now();
      const kernel = await device.load(model);
      sessionSeconds += (performance.now() - startMs) / 1000;
      sessions += 1;
      graphBytes += model.length;
      return { run: () => Promise.resolve(), dispose: kernel.dispose };
    },
  };
  const startMs = performance.now();
  const engine = new ShardEngine(loading, { config, shard, segmentLayers, microBatches: 2, microBatchSize: 1 });
  for (let index = 0; index < 2; index++) {
    const out = await engine.forward(index, inputOf(config, shard));
    await engine.backward(index, out);
  }
  await engine.gradientNormSquare();
  await engine.update(1, LEARNING_RATE);
  const seconds = (performance.now() - startMs) / 1000;
  return { seconds, sessionSeconds, sessions, graphBytes, emptyRssMiB, peakRssMiB: peakRssMiB() };
}

/** Loads a shard's weights out of a checkpoint and takes one step. */
async function step({ config, shard, segmentLayers, path }: ShardRequests['step']['ask']): Promise<Stepped> {
  const device = await openDevice({ provider: 'cpu', threads: THREADS });
  const engine = new ShardEngine(device, { config, shard, segmentLayers, microBatches: 1, microBatchSize: 1 });
  const shapes = shardParameters(config, shard);
  const loaded = await timed(async () => {
    const weights = await loadWeights(path, config, { names: new Set(shapes.map(({ name }) => name)) });
    engine.load(weights);
    return weights.every((values, index) => marked(config, shapes[index]?.name ?? '', values));
  });
  const before = await timed(() => engine.forward(0, inputOf(config, shard)));
  const backward = await timed(() =>
    engine.backward(0, before.value?.map((value) => value / config.hiddenSize) ?? null),
  );
  const gradientNorm = Math.sqrt(await engine.gradientNormSquare());
  const update = await timed(() => engine.update(clipScale(gradientNorm, 1), LEARNING_RATE));
  const after = await engine.forward(0, inputOf(config, shard));
  const rows = [before.value, backward.value.gradientIn, after];
  const sound =
    loaded.value &&
    gradientNorm > 0 &&
    rows.every((values) => values?.every(Number.isFinite)) &&
    before.value?.every((value, index) => value === after?.[index]) === false;
  return {
    loadedBytes: 4 * shapes.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    ...{ loadSeconds: loaded.seconds, forwardSeconds: before.seconds, backwardSeconds: backward.seconds },
    ...{ updateSeconds: update.seconds, gradientNorm, sound, peakRssMiB: peakRssMiB() },
  };
}

function inputOf({ sequenceLength, hiddenSize, vocabSize }: ModelConfig, { embedding }: Shard) {
  return {
    tokens: Int32Array.from({ length: sequenceLength + 1 }, (_, index) => (7 * index) % vocabSize),
    hidden: embedding
      ? null
      : Float32Array.from({ length: sequenceLength * hiddenSize }, (_, index) => Math.sin(index)),
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const startMs = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - startMs) / 1000 };
}
