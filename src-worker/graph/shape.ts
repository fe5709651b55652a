import { GraphError } from './graph-error.ts';
import { formatShape, type Shape, type Value } from './value.ts';

/** The shape of an elementwise result under NumPy broadcasting. */
export function broadcastShapes(operator: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new GraphError(operator, `shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    }
    return left === 1 ? right : left;
  });
}

/** The axes over which a tensor of shape `from` was repeated to reach shape `to`, counted in `to`. */
export function broadcastAxes(from: Shape, to: Shape): readonly number[] {
  const lead = to.length - from.length;
  return to.flatMap((extent, axis) => (axis < lead || (from[axis - lead] === 1 && extent !== 1) ? [axis] : []));
}

/** An axis in 0…rank−1, from one that may count from the end. */
export function normalizeAxis(operator: string, axis: number, shape: Shape): number {
  const normal = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= shape.length) {
    throw new GraphError(operator, `axis ${axis} does not exist in shape ${formatShape(shape)}`);
  }
  return normal;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** `shape` with the extent at `axis` replaced. */
export function withExtent(shape: Shape, axis: number, extent: number): Shape {
  return shape.map((old, index) => (index === axis ? extent : old));
}

export function requireSameType(operator: string, values: readonly Value[]): void {
  const types = new Set(values.map(({ type }) => type));
  if (types.size > 1) throw new GraphError(operator, `inputs of different types: ${[...types].join(', ')}`);
}

export function requireFloat(operator: string, value: Value): void {
  if (value.type !== 'float32' && value.type !== 'float64') {
    throw new GraphError(operator, `needs floating-point input, not ${value.type}`);
  }
}
