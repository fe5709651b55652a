import type { Provider } from './providers.ts';

export interface DeviceOptions {
  readonly provider: Provider;
  /** Cores that one run may use; matters to the CPU. */
  readonly threads: number;
}

/** Forms that a tensor's numbers are kept in between runs. */
export type StoredType = 'float32' | 'float16' | 'uint8';

/** A tensor on the device. A run that writes it replaces its content. */
export interface DeviceTensor {
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

export type DeviceTensors = Readonly<Record<string, DeviceTensor>>;

/** A graph loaded into the device. */
export interface Kernel {
  /**
   * Runs the graph once, from the tensors of its inputs to those of its outputs. A tensor may be read and written by one run
   * only where each element of the output needs no other element of that input.
   * @throws MillraceError ENGINE when the runtime fails
   */
  readonly run: (inputs: DeviceTensors, outputs: DeviceTensors) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** Bytes that have crossed between the memory of the CPU and that of the device. */
export interface Traffic {
  readonly toDeviceBytes: number;
  readonly fromDeviceBytes: number;
}

/** Where tensors live and graphs run. */
export interface Device {
  /** @throws MillraceError ENGINE when the runtime refuses the model */
  readonly load: (model: Uint8Array) => Promise<Kernel>;
  /** A tensor of zeros; float32 unless told otherwise. */
  readonly zeros: (shape: readonly number[], type?: StoredType) => DeviceTensor;
  /** A tensor that starts with these values; they belong to the device from now on. */
  readonly tensor: (values: Float32Array | Int32Array, shape: readonly number[]) => DeviceTensor;
  /** Makes all values of a tensor zero. */
  readonly clear: (tensor: DeviceTensor) => void;
  /** Overwrites all values of a float32 tensor by copies. */
  readonly write: (tensor: DeviceTensor, values: Float32Array) => void;
  /** A copy of the values of a float32 tensor. @throws MillraceError ENGINE when the device is lost */
  readonly read: (tensor: DeviceTensor) => Promise<Float32Array>;
  /** Gives a tensor's memory back; it must not be used afterwards. Tensors that live as long as the device need no `free`. */
  readonly free: (tensor: DeviceTensor) => void;
  /** Since the device was opened. The CPU is its own memory: nothing crosses. */
  readonly traffic: () => Traffic;
  /** Frees its tensors; kernels are disposed by whoever loaded them. */
  readonly dispose: () => Promise<void>;
}
