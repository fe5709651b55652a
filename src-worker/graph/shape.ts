import { describe, describeAll, type Roles } from './describe.ts';
import { isFloat } from './element-type.ts';
import { GraphError } from './graph-error.ts';
import type { Shape, Value } from './value.ts';

/** The shape of an elementwise result under NumPy broadcasting, or null where the two shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let index = 0; index < rank; index++) {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    out.push(left === 1 ? right : left);
  }
  return out;
}

/** The axes over which a tensor of shape `from` was repeated to reach shape `to`, counted in `to`. */
export function broadcastAxes(from: Shape, to: Shape): readonly number[] {
  const lead = to.length - from.length;
  return to.flatMap((extent, axis) => (axis < lead || (from[axis - lead] === 1 && extent !== 1) ? [axis] : []));
}

/** An axis of `value` in 0…rank−1, from one that may count from the end. */
export function normalizeAxis(operator: string, role: string, value: Value, axis: number): number {
  const rank = value.shape.length;
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= rank) {
    throw new GraphError(operator, `${describe(role, value)} has no axis ${axis}`);
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

export function requireSameType(operator: string, roles: Roles): void {
  const types = new Set(Object.values(roles).map(({ type }) => type));
  if (types.size <= 1) return;
  throw new GraphError(operator, `${describeAll(roles, ({ type }) => ` of ${type}`)} have different types`);
}

export function requireFloat(operator: string, roles: Roles): void {
  for (const [role, value] of Object.entries(roles)) {
    if (isFloat(value.type)) continue;
    throw new GraphError(operator, `${describe(role, value)} is ${value.type}, not floating-point`);
  }
}
