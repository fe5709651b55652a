import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { elementCount } from '#protocol/model-shape.ts';

export interface DeviceOptions {
  readonly provider: 'cpu';
  /** Cores that one run may use. */
  readonly threads: number;
}

/** A tensor on the device. A run that writes it replaces its content. */
export interface DeviceTensor {
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

type Tensors = Readonly<Record<string, DeviceTensor>>;

/** A graph loaded into the device. */
export interface Kernel {
  /**
   * Runs the graph once, from the tensors of its inputs to those of its outputs. A tensor may be read and written by one run
   * only where each element of the output needs no other element of that input.
   * @throws MillraceError ENGINE when the runtime fails
   */
  readonly run: (inputs: Tensors, outputs: Tensors) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** Where tensors live and graphs run. */
export interface Device {
  /** @throws MillraceError ENGINE when the runtime refuses the model */
  readonly load: (model: Uint8Array) => Promise<Kernel>;
  /** A float32 tensor of zeros. */
  readonly zeros: (shape: readonly number[]) => DeviceTensor;
  /** A tensor that starts with these values; they belong to the device from now on. */
  readonly tensor: (values: Float32Array | Int32Array, shape: readonly number[]) => DeviceTensor;
  /** Makes all values zero. */
  readonly clear: (tensor: DeviceTensor) => void;
  /** Overwrites all values. */
  readonly write: (tensor: DeviceTensor, values: Float32Array | Int32Array) => void;
  /** A copy of the values of a float32 tensor. */
  readonly read: (tensor: DeviceTensor) => Promise<Float32Array>;
}

/** Since 1.30 the native library reports its use to its maker unless this is set before it loads. Nobody asked our owners. */
function withoutTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
}

/**
 * Whether this process's allocator keeps what is freed (`childEnvironment` of main tells glibc to). Then onnxruntime needs no
 * pool of its own for each graph: all of them share one heap, which takes a third less at the same speed. Without it, memory
 * that is given back and taken again for every run costs more than half of the run.
 */
const keepsFreedMemory = (): boolean => process.env['MALLOC_TRIM_THRESHOLD_'] !== undefined;

/**
 * Opens onnxruntime's CPU. The library is imported here and not before, so that a process which never trains never pays for it.
 * @throws MillraceError ENGINE when it does not load
 */
export async function openDevice({ provider, threads }: DeviceOptions): Promise<Device> {
  withoutTelemetry();
  const runtime = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new MillraceError('ENGINE', `onnxruntime does not load: ${errorMessage(cause)}`, { cause });
  });
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
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
      const session = await runtime.InferenceSession.create(model, options).catch((cause: unknown) => {
        throw new MillraceError('ENGINE', `onnxruntime cannot load the graph: ${errorMessage(cause)}`, { cause });
      });
      return { run: (inputs, outputs) => run(session, inputs, outputs), dispose: () => session.release() };
    },
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
  get sizeBytes(): number {
    return valuesOf(this).byteLength;
  }
}

function nativeOf(tensor: DeviceTensor): Tensor {
  if (!(tensor instanceof CpuTensor)) throw new MillraceError('ENGINE', 'A tensor of another device was given');
  return tensor.native;
}

const valuesOf = (tensor: DeviceTensor): Float32Array | Int32Array =>
  nativeOf(tensor).data as Float32Array | Int32Array;

async function run(session: InferenceSession, inputs: Tensors, outputs: Tensors): Promise<void> {
  const native = (tensors: Tensors): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, nativeOf(tensor)]));
  try {
    const copies = await session.run(native(inputs), native(outputs));
    for (const copy of Object.values(copies)) release(copy);
  } catch (cause) {
    throw new MillraceError('ENGINE', `A run failed in onnxruntime: ${errorMessage(cause)}`, { cause });
  }
}

/**
 * onnxruntime-node 1.30 writes outputs where it was told to and returns a copy of each besides. Detaching a copy gives its
 * memory back at once instead of at some later collection: for parameters and moments that is gigabytes.
 */
function release(copy: Tensor): void {
  const { buffer } = copy.data as Float32Array<ArrayBuffer>;
  buffer.transfer(0);
}
