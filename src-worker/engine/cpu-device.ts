import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MillraceError } from '#protocol/errors.ts';
import { elementCount } from '#protocol/model-shape.ts';
import type { Device, DeviceTensor, DeviceTensors } from './device.ts';
import { createSession, inRuntime, type Runtime } from './runtime.ts';

/**
 * Whether this process's allocator keeps what is freed (main tells glibc to where it launches workers). Then onnxruntime needs
 * no pools of its own for each graph: all of them share one heap, which takes half the memory at the same speed. Without it,
 * memory that is given back and taken again for every run more than doubles the run's time.
 */
const keepsFreedMemory = (): boolean => process.env['MALLOC_TRIM_THRESHOLD_'] !== undefined;

/** The CPU. Tensors are JavaScript's own arrays, which graphs read and write in place. */
export function createCpuDevice(runtime: Runtime, threads: number): Device {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    enableCpuMemArena: !keepsFreedMemory(),
    enableMemPattern: !keepsFreedMemory(),
    // Threads may spin within a run, where the next node follows at once, but not after it.
    extra: { session: { force_spinning_stop: '1' } },
  };
  const tensor: Device['tensor'] = (values, shape) =>
    new CpuTensor(
      values instanceof Float32Array
        ? new runtime.Tensor('float32', values, shape)
        : new runtime.Tensor('int32', values, shape),
    );
  return {
    tensor,
    zeros: (shape) => tensor(new Float32Array(elementCount(shape)), shape),
    clear: (target) => void valuesOf(target).fill(0),
    write: (target, values) => valuesOf(target).set(values),
    read: (source) => Promise.resolve(Float32Array.from(valuesOf(source))),
    load: async (model) => {
      const session = await createSession(runtime, model, options);
      return {
        run: (inputs, outputs) => inRuntime(() => run(session, inputs, outputs)),
        dispose: () => session.release(),
      };
    },
    free: () => undefined, // the garbage collector's business
    traffic: () => ({ toDeviceBytes: 0, fromDeviceBytes: 0 }),
    dispose: () => Promise.resolve(),
  };
}

class CpuTensor implements DeviceTensor {
  readonly native: Tensor;
  constructor(native: Tensor) {
    this.native = native;
  }
  get shape(): readonly number[] {
    return this.native.dims;
  }
}

function nativeOf(tensor: DeviceTensor): Tensor {
  if (!(tensor instanceof CpuTensor)) throw new MillraceError('ENGINE', 'A tensor of another device was given');
  return tensor.native;
}

const valuesOf = (tensor: DeviceTensor): Float32Array | Int32Array =>
  nativeOf(tensor).data as Float32Array | Int32Array;

async function run(session: InferenceSession, inputs: DeviceTensors, outputs: DeviceTensors): Promise<void> {
  const native = (tensors: DeviceTensors): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, nativeOf(tensor)]));
  const given = native(outputs);
  const copies = await session.run(native(inputs), given);
  for (const [name, copy] of Object.entries(copies)) {
    if (bufferOf(copy) !== (given[name] && bufferOf(given[name]))) release(copy);
  }
}

/**
 * onnxruntime-node 1.30 writes outputs where it was told to and returns a copy of each besides. Detaching a copy gives its
 * memory back at once instead of at some later collection: for parameters and moments that is gigabytes.
 */
const release = (copy: Tensor): void => void bufferOf(copy).transfer(0);

const bufferOf = (tensor: Tensor): ArrayBuffer => (tensor.data as Float32Array<ArrayBuffer>).buffer;
