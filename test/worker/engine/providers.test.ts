import { listSupportedBackends } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { candidateProviders, keepsTensors } from '#worker/engine/providers.ts';

const named = (...names: string[]) => names.map((name) => ({ name, bundled: name !== 'cuda' }));

// What the binaries of onnxruntime-node 1.30 list.
test.each([
  ['Linux x64', named('cpu', 'webgpu', 'cuda', 'tensorrt'), ['cuda', 'webgpu', 'cpu']],
  ['Linux arm64', named('cpu'), ['cpu']],
  ['Windows', named('cpu', 'dml', 'webgpu'), ['dml', 'webgpu', 'cpu']],
  ['macOS arm64', named('cpu', 'coreml', 'webgpu'), ['coreml', 'webgpu', 'cpu']],
  ['a backend that we do not know', named('abacus'), ['cpu']],
])('candidates on %s', (_name, backends, expected) => {
  expect(candidateProviders(backends)).toEqual(expected);
});

test('the CPU is the last candidate of the onnxruntime that is installed', () => {
  expect(candidateProviders(listSupportedBackends()).at(-1)).toBe('cpu');
});

test('only the CPU and WebGPU keep tensors from run to run', () => {
  const providers = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'] as const;
  expect(providers.filter(keepsTensors)).toEqual(['webgpu', 'cpu']);
});
