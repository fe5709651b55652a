import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenBatchSize, goldenConfig } from '../worker/model/golden.ts';
import { noGpuEnvironment, SOFTWARE_GPU_DRIVER, softwareGpuEnvironment } from '../support/software-gpu.ts';
import type { GoldenTraining } from '../support/train-golden.ts';

const STEPS = 10;
const PROGRAM = join(import.meta.dirname, '../support/train-golden.ts');

async function train(provider: string, env: NodeJS.ProcessEnv): Promise<GoldenTraining> {
  const args = [PROGRAM, provider, String(STEPS)];
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

  test('keep parameters and moments on the device', () => {
    expect(onGpu.locations).toEqual(Array.from({ length: STEPS }, () => 'gpu-buffer'));
  });

  test('are given tokens and three factors from memory, and give loss and gradient norm back to it, nothing else', () => {
    const tokens = goldenBatchSize * (goldenConfig.sequenceLength + 1);
    expect(onGpu.bytesToDevice).toEqual(Array.from({ length: STEPS }, () => 4 * (tokens + 3)));
    expect(onGpu.bytesFromDevice).toEqual(Array.from({ length: STEPS }, () => 4 * 2));
  });
});

test.runIf(process.platform === 'linux')(
  'without a GPU the provider says so, and the process lives to hear it',
  async () => {
    await expect(train('webgpu', noGpuEnvironment())).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Failed to get a WebGPU adapter') as string,
    });
  },
);
