// A process of its own: `node train-golden.ts PROVIDER STEPS [SAVING]` trains the golden model, with a GoldenSaving in JSON, and
// prints one line of JSON (GoldenTraining).
import { initialWeights } from '#protocol/initial-weights.ts';
import type { Provider } from '#worker/engine/providers.ts';
import { createTrainer, type TrainerOptions } from '#worker/engine/trainer.ts';
import { golden, goldenBatchSize, goldenConfig, goldenTokens } from '../worker/model/golden.ts';

export interface GoldenTraining {
  readonly losses: readonly number[];
  /** Norms of the parameters after the last step, in the order of `parameterShapes`. */
  readonly norms: readonly number[];
  /** What each step moved between the memory of the CPU and that of the device. */
  readonly bytesToDevice: readonly number[];
  readonly bytesFromDevice: readonly number[];
  /** File names of the libraries of GPU drivers in this process. */
  readonly drivers: readonly string[];
}

/** How memory is saved. */
export type GoldenSaving = Pick<TrainerOptions, 'largestRunSize' | 'segmentLayers' | 'savings'>;

const [provider = 'cpu', steps = '1', saving = '{}'] = process.argv.slice(2);
const trainer = await createTrainer({
  ...{ config: goldenConfig, batchSize: goldenBatchSize, threads: 1 },
  ...(JSON.parse(saving) as GoldenSaving),
  provider: provider as Provider,
  // A busy machine would make its runs smaller, which moves other bytes.
  nowMs: () => 0,
});
trainer.load(initialWeights(goldenConfig, 0));

const result = { losses: [] as number[], bytesToDevice: [] as number[], bytesFromDevice: [] as number[] };
for (let index = 0; index < Number(steps); index++) {
  const before = trainer.traffic();
  const { loss } = await trainer.trainStep(goldenTokens(index), golden.lr);
  const after = trainer.traffic();
  result.losses.push(loss);
  result.bytesToDevice.push(after.toDeviceBytes - before.toDeviceBytes);
  result.bytesFromDevice.push(after.fromDeviceBytes - before.fromDeviceBytes);
}

const parameters = await trainer.parameters();
await trainer.dispose();
const { sharedObjects } = process.report.getReport() as { readonly sharedObjects: readonly string[] };
const training: GoldenTraining = {
  ...result,
  norms: parameters.map((values) => Math.hypot(...values)),
  drivers: sharedObjects.map((path) => path.replace(/^.*\//, '')).filter((name) => /^libvk_|^libvulkan_/.test(name)),
};
console.log(JSON.stringify(training));
