import type { Tensor } from 'onnxruntime-node';
import { elementCount } from '#protocol/model-shape.ts';
import type { Shape } from '#worker/graph/value.ts';
import type { StoredType } from './device.ts';
import type { Runtime } from './runtime.ts';

/** A tensor of onnxruntime's on the values themselves. */
export const tensorOf = (runtime: Runtime, values: Float32Array | Int32Array, shape: Shape): Tensor =>
  values instanceof Float32Array
    ? new runtime.Tensor('float32', values, shape)
    : new runtime.Tensor('int32', values, shape);

export function zeroTensor(runtime: Runtime, shape: Shape, type: StoredType): Tensor {
  const count = elementCount(shape);
  if (type === 'uint8') return new runtime.Tensor('uint8', new Uint8Array(count), shape);
  if (type === 'float16') return halfTensor(runtime, new Uint16Array(count), shape);
  return new runtime.Tensor('float32', new Float32Array(count), shape);
}

/**
 * Where JavaScript has a Float16Array, onnxruntime-common 1.30 makes one of the bits that it is given; the native side of
 * onnxruntime-node, however, takes half precision as a Uint16Array only. So the tensor shows the bits themselves.
 */
function halfTensor(runtime: Runtime, bits: Uint16Array, shape: Shape): Tensor {
  return Object.defineProperty(new runtime.Tensor('float16', bits, shape), 'data', { value: bits });
}
