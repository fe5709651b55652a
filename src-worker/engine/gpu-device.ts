import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MillraceError } from '#protocol/errors.ts';
import { ELEMENT_BYTES, type ElementType } from '#worker/graph/element-type.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { input, type Shape } from '#worker/graph/value.ts';
import type { Device, DeviceTensor, DeviceTensors, StoredType } from './device.ts';
import { tensorOf, zeroTensor } from './native-tensor.ts';
import { createSession, inRuntime, type Runtime } from './runtime.ts';

const ORIGINAL = 'original';
const COPY = 'copy';

/**
 * A GPU through WebGPU. A tensor moves to the device with the first run that writes it and stays there from run to run. Graphs
 * run wholly on the GPU or are refused: a node that fell back to the CPU would cross the bus without our knowing.
 */
export function createGpuDevice(runtime: Runtime): Device {
  const traffic = { toDeviceBytes: 0, fromDeviceBytes: 0 };
  const readers = new Map<string, Promise<InferenceSession>>();
  const onDevice = new Set<Tensor>();

  const createGpuSession = (model: Uint8Array, outputs: 'cpu' | 'gpu-buffer'): Promise<InferenceSession> =>
    createSession(runtime, model, {
      // By default freed buffers are kept in a cache of rounded sizes: measured, that more than doubles a step's memory.
      executionProviders: [{ name: 'webgpu', storageBufferCacheMode: 'simple' }],
      extra: { session: { disable_cpu_ep_fallback: '1' } },
      preferredOutputLocation: outputs,
    });
  const inMemory = (values: Float32Array | Int32Array, shape: Shape): Tensor => tensorOf(runtime, values, shape);

  function replace(tensor: GpuTensor, native: Tensor): void {
    const old = tensor.native;
    tensor.native = native;
    if (onDevice.delete(old)) old.dispose();
    if (native.location === 'gpu-buffer') onDevice.add(native);
  }

  // Runs are functional here: a tensor that is given as an output would be ignored without a word.
  async function run(session: InferenceSession, inputs: DeviceTensors, outputs: DeviceTensors): Promise<void> {
    const feeds: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      const { native } = gpuTensor(tensor);
      feeds[name] = native;
      if (native.location === 'cpu') traffic.toDeviceBytes += sizeBytes(native);
    }
    const results = await inRuntime(() => session.run(feeds, Object.keys(outputs)));
    for (const [name, tensor] of Object.entries(outputs)) {
      const result = results[name];
      if (result?.location !== 'gpu-buffer') throw new MillraceError('ENGINE', `Output ${name} left the device`);
      replace(gpuTensor(tensor), result);
    }
  }

  /** A tensor of the device is read by a graph whose output is not: the tensor's own `getData` ends the process. */
  async function read({ native }: GpuTensor): Promise<Float32Array> {
    if (native.location === 'cpu') return Float32Array.from(native.data as Float32Array);
    const key = native.dims.join();
    let reader = readers.get(key);
    if (reader === undefined) {
      const original = input(ORIGINAL, 'float32', native.dims);
      reader = createGpuSession(writeModel([original], { [COPY]: original }), 'cpu');
      readers.set(key, reader);
    }
    const session = await reader;
    const result = (await inRuntime(() => session.run({ [ORIGINAL]: native })))[COPY];
    if (result === undefined) throw new MillraceError('ENGINE', 'A tensor of the device could not be read');
    traffic.fromDeviceBytes += sizeBytes(result);
    return result.data as Float32Array;
  }

  return {
    tensor: (values, shape) => new GpuTensor(inMemory(values, shape)),
    zeros: (shape, type = 'float32') => new GpuTensor(zeroTensor(runtime, shape, type)),
    clear: (target) => {
      const tensor = gpuTensor(target);
      replace(tensor, zeroTensor(runtime, tensor.shape, tensor.native.type as StoredType));
    },
    write: (target, values) => replace(gpuTensor(target), inMemory(values.slice(), target.shape)),
    read: (source) => read(gpuTensor(source)),
    load: async (model) => {
      const session = await createGpuSession(model, 'gpu-buffer');
      return {
        run: (inputs, outputs) => run(session, inputs, outputs),
        dispose: () => session.release(),
      };
    },
    free: (tensor) => {
      const { native } = gpuTensor(tensor);
      if (onDevice.delete(native)) native.dispose();
    },
    traffic: () => ({ ...traffic }),
    dispose: async () => {
      for (const native of onDevice) native.dispose();
      onDevice.clear();
      for (const reader of await Promise.allSettled(readers.values())) {
        if (reader.status === 'fulfilled') await reader.value.release();
      }
      readers.clear();
    },
  };
}

class GpuTensor implements DeviceTensor {
  /** In the memory of the CPU until a run writes it. */
  native: Tensor;
  constructor(native: Tensor) {
    this.native = native;
  }
  get shape(): Shape {
    return this.native.dims;
  }
  get sizeBytes(): number {
    return sizeBytes(this.native);
  }
}

function gpuTensor(tensor: DeviceTensor): GpuTensor {
  if (tensor instanceof GpuTensor) return tensor;
  throw new MillraceError('ENGINE', 'A tensor of another device was given');
}

const sizeBytes = ({ size, type }: Tensor): number => size * ELEMENT_BYTES[type as ElementType];
