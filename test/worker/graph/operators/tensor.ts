import { elementCount } from '#protocol/model-shape.ts';
import type { ElementType } from '#worker/graph/element-type.ts';
import type { Shape } from '#worker/graph/value.ts';

/** A tensor of the references: whatever its type, its elements as JavaScript numbers (true is 1). */
export interface TestTensor {
  readonly type: ElementType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

export type Index = readonly number[];

/** A float64 tensor whose element at each index is `f(index)`. */
export function tabulate(shape: Shape, f: (index: Index) => number): TestTensor {
  const data = new Float64Array(elementCount(shape));
  const index = shape.map(() => 0);
  for (let offset = 0; offset < data.length; offset++) {
    data[offset] = f(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { type: 'float64', shape, data };
}

/** The element at `index`. Broadcasts as NumPy does: leading axes too many are dropped, an extent of 1 repeats. */
export function at({ shape, data }: TestTensor, index: Index): number {
  const lead = index.length - shape.length;
  let offset = 0;
  for (const [axis, extent] of shape.entries()) offset = offset * extent + (extent === 1 ? 0 : index[lead + axis]!);
  return data[offset]!;
}

/** `index` with the position on one axis replaced. */
export function moved(index: Index, axis: number, position: number): Index {
  return index.map((old, other) => (other === axis ? position : old));
}

/** The shape that two others broadcast to. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const extent = (shape: Shape, axis: number): number => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => Math.max(extent(a, axis), extent(b, axis)));
}
