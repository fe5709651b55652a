import type { ElementType } from '#worker/graph/element-type.ts';
import type { ConstantData } from '#worker/graph/value.ts';

/** Types that onnxruntime-node takes as inputs: its native part does not know the half-precision arrays of newer JavaScript. */
export type FeedType = Exclude<ElementType, 'float16'>;

/** Numbers as the elements that onnxruntime takes for a type. */
export function toElements(type: FeedType, numbers: Float64Array): ConstantData {
  switch (type) {
    case 'float64':
      return numbers;
    case 'float32':
      return Float32Array.from(numbers);
    case 'int64':
      return BigInt64Array.from(Array.from(numbers, BigInt));
    case 'int32':
      return Int32Array.from(numbers);
    case 'int8':
      return Int8Array.from(numbers);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(numbers);
  }
}

/** The numbers that elements of a type stand for. */
export function fromElements(elements: ConstantData): Float64Array {
  if (elements instanceof Float64Array) return elements;
  return elements instanceof BigInt64Array
    ? Float64Array.from(Array.from(elements, Number))
    : new Float64Array(elements);
}
