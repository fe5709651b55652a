import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MillraceError } from '#protocol/errors.ts';
import { boundSessions } from './bound-outputs.ts';
import type { Device, DeviceTensor, DeviceTensors } from './device.ts';
import { tensorOf, zeroTensor } from './native-tensor.ts';
import type { Runtime } from './runtime.ts';

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
  const loadSession = boundSessions(runtime, options);
  return {
    tensor: (values, shape) => new ArrayTensor(tensorOf(runtime, values, shape)),
    zeros: (shape, type = 'float32') => new ArrayTensor(zeroTensor(runtime, shape, type)),
    clear: (target) => void valuesOf(target).fill(0),
    write: (target, values) => valuesOf(target).set(values),
    read: (source) => Promise.resolve(Float32Array.from(valuesOf(source))),
    load: async (model) => {
      const session = await loadSession(model);
      return {
        run: async (inputs, outputs) => {
          if (crosses) {
            traffic.toDeviceBytes += sizeBytes(inputs);
            traffic.fromDeviceBytes += sizeBytes(outputs);
          }
          await session.run(natives(inputs), natives(outputs));
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

const natives = (tensors: DeviceTensors): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, nativeOf(tensor)]));
