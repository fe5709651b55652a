import { elementCount } from '#protocol/model-shape.ts';
import type { ElementType } from './element-type.ts';
import { float16Bits } from './float16.ts';
import { GraphError } from './graph-error.ts';
import type { Node } from './operator.ts';

export type Shape = readonly number[];

/** The elements of a constant. Half precision is given by its bits: not every JavaScript that we run on has such numbers. */
export type ConstantData =
  Float32Array | Float64Array | Int32Array | BigInt64Array | Int8Array | Uint8Array | Uint16Array;

/** Where a value comes from. */
type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: ConstantData }
  | { readonly kind: 'node'; readonly node: Node; readonly output: number };

/**
 * A tensor that will exist when the graph runs. Values are immutable and know how they are made, so a graph is
 * nothing more than the values that lead to its outputs. All shapes are static.
 */
export interface Value {
  readonly type: ElementType;
  readonly shape: Shape;
  readonly source: Source;
}

export interface TensorType {
  readonly type: ElementType;
  readonly shape: Shape;
}

/** A tensor that is given at each run, under `name`. */
export function input(name: string, type: ElementType, shape: Shape): Value {
  return { type, shape, source: { kind: 'input', name } };
}

/** A tensor that is part of the graph. */
export function constant(data: ConstantData, shape: Shape): Value {
  if (elementCount(shape) !== data.length) {
    throw new GraphError('constant', `${data.length} values for shape ${formatShape(shape)}`);
  }
  return { type: elementTypeOf(data), shape, source: { kind: 'constant', data } };
}

/** A floating-point number of shape [] that broadcasts against everything of its type. */
export function scalar(value: number, type: ElementType): Value {
  if (type === 'float32') return constant(Float32Array.of(value), []);
  if (type === 'float64') return constant(Float64Array.of(value), []);
  if (type === 'float16') return constant(Uint16Array.of(float16Bits(value)), []);
  throw new GraphError('scalar', `${type} is not a floating-point type`);
}

/** A list of integers, as ONNX wants shapes and axes. */
export function integers(values: readonly number[]): Value {
  const fraction = values.find((value) => !Number.isSafeInteger(value));
  if (fraction !== undefined) throw new GraphError('integers', `${fraction} in ${formatShape(values)} is no integer`);
  return constant(BigInt64Array.from(values, BigInt), [values.length]);
}

/** The values of an `integers` constant. */
export function integerValues(value: Value): readonly number[] {
  if (value.source.kind !== 'constant' || !(value.source.data instanceof BigInt64Array)) {
    throw new GraphError('integerValues', 'not a constant of int64');
  }
  return Array.from(value.source.data, Number);
}

/** The number that a one-element float constant holds, or undefined for anything else. */
export function constantNumber(value: Value): number | undefined {
  if (value.source.kind !== 'constant' || value.source.data.length !== 1) return undefined;
  if (value.type === 'float16') return undefined; // its data are bits
  const only = value.source.data[0];
  return typeof only === 'number' ? only : undefined;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

function elementTypeOf(data: ConstantData): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int8Array) return 'int8';
  return data instanceof Uint8Array ? 'uint8' : 'float16';
}
