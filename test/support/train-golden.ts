// A process of its own: `node train-golden.ts PROVIDER STEPS` trains the golden model with its state on the device and
// prints one line of JSON (GoldenTraining).
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { initialWeights } from '#protocol/initial-weights.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { input } from '#worker/graph/value.ts';
import { DEFAULT_ADAMW, stepFactors } from '#worker/model/adamw.ts';
import { trainingStepModel } from '#worker/model/training-step.ts';
import { golden, goldenBatchSize, goldenConfig, goldenTokens } from '../worker/model/golden.ts';

export interface GoldenTraining {
  readonly losses: readonly number[];
  /** Norms of the parameters after the last step, in the order of `parameterShapes`. */
  readonly norms: readonly number[];
  /** Where the state was after each step. */
  readonly locations: readonly string[];
  /** Of all inputs and outputs of a step that were in the memory of the CPU. */
  readonly bytesToDevice: readonly number[];
  readonly bytesFromDevice: readonly number[];
  /** File names of the libraries of GPU drivers in this process. */
  readonly drivers: readonly string[];
}

type Tensors = Record<string, Tensor>;

const STATE = ['', 'firstMoment.', 'secondMoment.'] as const;
const [provider = 'cpu', steps = '1'] = process.argv.slice(2);
const shapes = parameterShapes(goldenConfig);
const stateNames = STATE.flatMap((prefix) => shapes.map(({ name }) => prefix + name));

function load(model: Uint8Array, onDevice: readonly string[]): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    // No node of the graph may run on the CPU instead, with copies of what it needs and gives.
    ...(provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
    preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const])),
  });
}

/** Copies state: to the device, or back from it with `copied.` names that stay with the CPU. */
function copyModel(): Uint8Array {
  const values = STATE.flatMap((prefix) => shapes.map(({ name, shape }) => input(prefix + name, 'float32', shape)));
  return writeModel(values, Object.fromEntries(stateNames.map((name, index) => [`copied.${name}`, values[index]!])));
}

const without = (prefix: string, tensors: Readonly<Tensors>): Tensors =>
  Object.fromEntries(stateNames.map((name) => [name, tensors[prefix + name]!]));

const bytesInMemory = (tensors: Readonly<Tensors>): number =>
  Object.values(tensors)
    .filter(({ location }) => location === 'cpu')
    .reduce((sum, { data }) => sum + (data as Float32Array).byteLength, 0);

const step = await load(
  trainingStepModel(goldenConfig, goldenBatchSize, DEFAULT_ADAMW),
  stateNames.map((name) => `next.${name}`),
);
const upload = await load(
  copyModel(),
  stateNames.map((name) => `copied.${name}`),
);
const download = await load(copyModel(), []);

const weights = initialWeights(goldenConfig, 0);
const start: Tensors = {};
for (const prefix of STATE) {
  for (const [index, { name, shape }] of shapes.entries()) {
    const values = prefix === '' ? weights[index]! : new Float32Array(elementCount(shape));
    start[prefix + name] = new Tensor('float32', values, shape);
  }
}
let state = without('copied.', await upload.run(start));

const result = {
  losses: [] as number[],
  locations: [] as string[],
  bytesToDevice: [] as number[],
  bytesFromDevice: [] as number[],
};
for (let index = 0; index < Number(steps); index++) {
  const factors = Object.entries(stepFactors(DEFAULT_ADAMW, golden.lr, index + 1)) as [string, number][];
  const inputs: Tensors = {
    ...state,
    tokens: new Tensor('int32', goldenTokens(index), [goldenBatchSize, goldenConfig.sequenceLength + 1]),
    ...Object.fromEntries(factors.map(([name, value]) => [name, new Tensor('float32', Float32Array.of(value), [])])),
  };
  const outputs = await step.run(inputs);
  result.losses.push((outputs['loss']!.data as Float32Array)[0]!);
  result.bytesToDevice.push(bytesInMemory(inputs));
  result.bytesFromDevice.push(bytesInMemory(outputs));
  for (const tensor of Object.values(state)) if (tensor.location === 'gpu-buffer') tensor.dispose();
  state = without('next.', outputs);
  result.locations.push([...new Set(Object.values(state).map(({ location }) => location))].join());
}

const final = without('copied.', await download.run(state));
const { sharedObjects } = process.report.getReport() as { readonly sharedObjects: readonly string[] };
const training: GoldenTraining = {
  ...result,
  norms: shapes.map(({ name }) => Math.hypot(...(final[name]!.data as Float32Array))),
  drivers: sharedObjects.map((path) => path.replace(/^.*\//, '')).filter((name) => /^libvk_|^libvulkan_/.test(name)),
};
console.log(JSON.stringify(training));
