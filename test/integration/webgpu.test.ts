import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { parameterCount } from '#protocol/model-shape.ts';
import { goldenBatchSize, goldenConfig } from '../worker/model/golden.ts';
import { noGpuEnvironment, SOFTWARE_GPU_DRIVER, softwareGpuEnvironment } from '../support/software-gpu.ts';
import type { GivenBack } from '../support/train-and-dispose.ts';
import type { GoldenSaving, GoldenTraining } from '../support/train-golden.ts';
import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';

const STEPS = 10;
const TOKENS = goldenBatchSize * (goldenConfig.sequenceLength + 1);
/** Of AdamW: see `StepFactors`. */
const FACTORS = 3;
const PROGRAM = join(import.meta.dirname, '../support/train-golden.ts');

async function train(provider: string, env: NodeJS.ProcessEnv, saving: GoldenSaving = {}): Promise<GoldenTraining> {
  const args = [PROGRAM, provider, String(STEPS), JSON.stringify(saving)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 100_000 });
  return JSON.parse(stdout) as GoldenTraining;
}

// Electron's SwiftShader for other systems is not what Direct3D and Metal, which WebGPU is built on there, ask for.
describe.runIf(process.platform === 'linux')('ten steps of the golden model on a GPU in software', () => {
  let onGpu: GoldenTraining;
  let onCpu: GoldenTraining;

  beforeAll(async () => {
    onGpu = await train('webgpu', softwareGpuEnvironment());
    onCpu = await train('cpu', noGpuEnvironment());
  });

  test('run on it, and the comparison does not', () => {
    expect(onGpu.drivers).toEqual([SOFTWARE_GPU_DRIVER]);
    expect(onCpu.drivers).toEqual([]);
  });

  test('have the losses and the parameters of the CPU within 1e-3', () => {
    expect(onCpu.losses).toHaveLength(STEPS);
    for (const [step, loss] of onCpu.losses.entries()) {
      expect(Math.abs(onGpu.losses[step]! - loss)).toBeLessThan(1e-3);
    }
    for (const [index, norm] of onCpu.norms.entries()) {
      expect(Math.abs(onGpu.norms[index]! / norm - 1)).toBeLessThan(1e-3);
    }
  });

  test('are given their state once, with the first step', () => {
    const [first] = onGpu.bytesToDevice;
    expect(first).toBe(4 * (3 * parameterCount(goldenConfig) + TOKENS + FACTORS));
  });

  test('move tokens and three factors to the device, loss and gradient norm back, and nothing else', () => {
    expect(onGpu.bytesToDevice.slice(1)).toEqual(Array.from({ length: STEPS - 1 }, () => 4 * (TOKENS + FACTORS)));
    expect(onGpu.bytesFromDevice).toEqual(Array.from({ length: STEPS }, () => 4 * 2));
  });
});

describe.runIf(process.platform === 'linux')('a GPU in software that saves memory', () => {
  const parameters = parameterCount(goldenConfig);
  const SEGMENTS = goldenConfig.layers;
  /** Forward and backward of the segment with the embedding, backward of that with the head. */
  const RUNS_WITH_TOKENS = 3;
  const layerByLayer = (savings: Partial<MemorySavings>): GoldenSaving => ({
    segmentLayers: 1,
    savings: { ...NO_SAVINGS, ...savings },
  });

  async function trainBoth(saving: GoldenSaving): Promise<GoldenTraining> {
    const onGpu = await train('webgpu', softwareGpuEnvironment(), saving);
    const onCpu = await train('cpu', noGpuEnvironment(), saving);
    expect(onGpu.drivers).toEqual([SOFTWARE_GPU_DRIVER]);
    expect(onGpu.losses).toHaveLength(STEPS);
    for (const [step, loss] of onCpu.losses.entries()) {
      expect(Math.abs(onGpu.losses[step]! - loss)).toBeLessThan(1e-3);
    }
    for (const [index, norm] of onCpu.norms.entries()) {
      expect(Math.abs(onGpu.norms[index]! / norm - 1)).toBeLessThan(1e-3);
    }
    return onGpu;
  }

  test('layer by layer with 8-bit moments has the losses and parameters of the CPU within 1e-3, and its state stays', async () => {
    const { bytesToDevice, bytesFromDevice } = await trainBoth(layerByLayer({ optimiserState: '8-bit' }));
    // Tokens and, for each segment's update, three factors and the scale of the gradients; back come the loss and their norms.
    const toDevice = 4 * (RUNS_WITH_TOKENS * TOKENS + SEGMENTS * (FACTORS + 1));
    expect(bytesToDevice.slice(1)).toEqual(Array.from({ length: STEPS - 1 }, () => toDevice));
    expect(bytesFromDevice).toEqual(Array.from({ length: STEPS }, () => 4 * (1 + SEGMENTS)));
  });

  test('with the optimiser on the host has them too, and moves gradients and weights once a step', async () => {
    const { bytesToDevice, bytesFromDevice } = await trainBoth(layerByLayer({ optimiserPlace: 'host' }));
    const toDevice = 4 * (parameters + RUNS_WITH_TOKENS * TOKENS);
    expect(bytesToDevice.slice(1)).toEqual(Array.from({ length: STEPS - 1 }, () => toDevice));
    expect(bytesFromDevice).toEqual(Array.from({ length: STEPS }, () => 4 * (parameters + 1 + SEGMENTS)));
  });

  test('has no half precision, and says so and what to choose instead', async () => {
    const half = train('webgpu', softwareGpuEnvironment(), layerByLayer({ weights: 'float16' }));
    await expect(half).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'The device has no half precision (shader-f16): choose float32 weights, 8-bit optimiser state, or both',
      ) as string,
    });
  });
});

test.runIf(process.platform === 'linux')(
  'a trainer that ends gives the memory of the GPU back, and the next one trains as the first did',
  { timeout: 120_000 },
  async () => {
    const args = ['--expose-gc', join(import.meta.dirname, '../support/train-and-dispose.ts')];
    const env = softwareGpuEnvironment();
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 100_000 });
    const [first, second] = JSON.parse(stdout) as GivenBack[];
    for (const { trainedBytes, disposedBytes, parameterBytes } of [first!, second!]) {
      // Parameters and two moments at least were there.
      expect(trainedBytes - disposedBytes).toBeGreaterThan(3 * parameterBytes);
    }
    expect(second!.loss).toBe(first!.loss);
  },
);

test.runIf(process.platform === 'linux')(
  'without a GPU the provider says so, and the process lives to hear it',
  async () => {
    await expect(train('webgpu', noGpuEnvironment())).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Failed to get a WebGPU adapter') as string,
    });
  },
);
