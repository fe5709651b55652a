import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MillraceError } from '#protocol/errors.ts';
import type { Device, DeviceTensor, DeviceTensors } from './device.ts';
import { tensorOf, zeroTensor } from './native-tensor.ts';
import { createSession, inRuntime, type Runtime } from './runtime.ts';

/**
 * A device whose tensors are JavaScript's own arrays, which graphs read and write.
 * @param crosses whether a run's inputs and outputs cross to another memory and back
 */
export function createArrayDevice(
  runtime: Runtime,
  options: InferenceSession.SessionOptions,
  { crosses }: { readonly crosses: boolean },
): Device {
  const traffic = { toDeviceBytes: 0, fromDeviceBytes: 0 };
  return {
    tensor: (values, shape) => new ArrayTensor(tensorOf(runtime, values, shape)),
    zeros: (shape, type = 'float32') => new ArrayTensor(zeroTensor(runtime, shape, type)),
    clear: (target) => void valuesOf(target).fill(0),
    write: (target, values) => valuesOf(target).set(values),
    read: (source) => Promise.resolve(Float32Array.from(valuesOf(source))),
    load: async (model) => {
      const session = await createSession(runtime, model, options);
      return {
        run: async (inputs, outputs) => {
          if (crosses) {
            traffic.toDeviceBytes += sizeBytes(inputs);
            traffic.fromDeviceBytes += sizeBytes(outputs);
          }
          await inRuntime(() => run(session, inputs, outputs));
        },
        dispose: () => session.release(),
      };
    },
    free: () => undefined, // the garbage collector's business
    traffic: () => ({ ...traffic }),
    dispose: () => Promise.resolve(),
  };
}

class ArrayTensor implements DeviceTensor {
  readonly native: Tensor;
  constructor(native: Tensor) {
    this.native = native;
  }
  get shape(): readonly number[] {
    return this.native.dims;
  }
  get sizeBytes(): number {
    return valuesOf(this).byteLength;
  }
}

function nativeOf(tensor: DeviceTensor): Tensor {
  if (!(tensor instanceof ArrayTensor)) throw new MillraceError('ENGINE', 'A tensor of another device was given');
  return tensor.native;
}

const valuesOf = (tensor: DeviceTensor): Float32Array | Int32Array =>
  nativeOf(tensor).data as Float32Array | Int32Array;

const sizeBytes = (tensors: DeviceTensors): number =>
  Object.values(tensors).reduce((sum, tensor) => sum + valuesOf(tensor).byteLength, 0);

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
