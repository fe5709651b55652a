import type { Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { parameterShapes } from '#protocol/model-shape.ts';
import { createGpuDevice } from '#worker/engine/gpu-device.ts';
import type { Runtime } from '#worker/engine/runtime.ts';
import { ShardEngine } from '#worker/engine/shard-engine.ts';
import { wholeModel } from '#worker/model/shard.ts';
import { goldenBatchSize, goldenConfig as config, goldenTokens } from '../model/golden.ts';

/** A runtime whose runs give tensors "on the device" without computing, and which counts those that were not disposed. */
function createFakeRuntime() {
  let held = 0;
  class FakeTensor {
    readonly type: string;
    readonly data: Float32Array | Int32Array;
    readonly dims: readonly number[];
    location: 'cpu' | 'gpu-buffer' = 'cpu';
    constructor(type: string, data: Float32Array | Int32Array, dims: readonly number[]) {
      [this.type, this.data, this.dims] = [type, data, dims];
    }
    get size(): number {
      return this.data.length;
    }
    dispose(): void {
      held -= 1;
    }
  }
  const create = (_model: unknown, { preferredOutputLocation }: { preferredOutputLocation: 'cpu' | 'gpu-buffer' }) =>
    Promise.resolve({
      run: (_feeds: unknown, names: readonly string[] = ['copy']) => {
        const results = names.map((name) => {
          const tensor = new FakeTensor('float32', new Float32Array(1), [1]);
          tensor.location = preferredOutputLocation;
          if (preferredOutputLocation === 'gpu-buffer') held += 1;
          return [name, tensor as unknown as Tensor] as const;
        });
        return Promise.resolve(Object.fromEntries(results));
      },
      release: () => Promise.resolve(),
    });
  const runtime = { Tensor: FakeTensor, InferenceSession: { create } } as unknown as Runtime;
  return { runtime, held: () => held };
}

test('a device holds the state and nothing that a step has left behind', async () => {
  const { runtime, held } = createFakeRuntime();
  const device = createGpuDevice(runtime);
  const sizes = { microBatches: 1, microBatchSize: goldenBatchSize };
  const engine = new ShardEngine(device, { ...sizes, config, shard: wholeModel(config), segmentLayers: 1 });
  engine.load(initialWeights(config, 0));
  const step = async (index: number): Promise<number> => {
    await engine.forward(0, { tokens: goldenTokens(index), hidden: null });
    await engine.backward(0, null);
    await engine.gradientNormSquare();
    await engine.update(1, 1e-3);
    await engine.fusedStep(goldenTokens(index), 1e-3);
    return held();
  };
  // Parameters, two moments and gradients.
  expect(await step(0)).toBe(4 * parameterShapes(config).length);
  expect([await step(1), await step(2)]).toEqual([held(), held()]);
  await engine.forward(0, { tokens: goldenTokens(3), hidden: null });
  engine.abandonStep();
  expect(held()).toBe(4 * parameterShapes(config).length);
  await device.dispose();
  expect(held()).toBe(0);
});
