import { describe, describeAll, type Roles } from '../describe.ts';
import { GraphError } from '../graph-error.ts';
import { apply, applyAll, defineOperator, inputAt, int, intAttribute } from '../operator.ts';
import { normalizeAxis, requireSameType, sameShape, withExtent } from '../shape.ts';
import { formatShape, integers, integerValues, scalar, type Shape, type Value } from '../value.ts';
import { expand } from './layout.ts';

const concatOperator = defineOperator({
  name: 'Concat',
  infer: (inputs, attributes) => {
    const first = inputAt(inputs, 0, 'Concat');
    requireSameType('Concat', numbered(inputs));
    const axis = intAttribute(attributes, 'axis', 0);
    for (const { shape } of inputs) {
      if (!sameShape(withExtent(shape, axis, 0), withExtent(first.shape, axis, 0))) {
        throw new GraphError('Concat', `${describeAll(numbered(inputs))} differ outside of axis ${axis}`);
      }
    }
    const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
    return [{ type: first.type, shape: withExtent(first.shape, axis, total) }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return node.inputs.map(() => null);
    const axis = intAttribute(node.attributes, 'axis', 0);
    return split(
      g,
      axis,
      node.inputs.map(({ shape }) => shape[axis] ?? 0),
    );
  },
});

const splitOperator = defineOperator({
  name: 'Split',
  infer: (inputs, attributes) => {
    const x = inputAt(inputs, 0, 'Split');
    const sizes = integerValues(inputAt(inputs, 1, 'Split'));
    const axis = intAttribute(attributes, 'axis', 0);
    if (sizes.reduce((sum, size) => sum + size, 0) !== x.shape[axis] || sizes.some((size) => size < 0)) {
      throw new GraphError('Split', `sizes ${formatShape(sizes)} do not add up to axis ${axis} of ${describe('x', x)}`);
    }
    return sizes.map((size) => ({ type: x.type, shape: withExtent(x.shape, axis, size) }));
  },
  gradient: (node, outputGradients) => {
    const parts = node.outputs.map((output, index) => outputGradients[index] ?? zeros(output, output.shape));
    return [concat(parts, intAttribute(node.attributes, 'axis', 0)), null];
  },
});

const sliceOperator = defineOperator({
  name: 'Slice',
  infer: (inputs) => {
    const x = inputAt(inputs, 0, 'Slice');
    const { axis, start, end } = sliceRange(inputs);
    const extent = x.shape[axis] ?? 0;
    if (start < 0 || start >= end || end > extent) {
      throw new GraphError('Slice', `${describe('x', x)} has no ${start}…${end} on axis ${axis}`);
    }
    return [{ type: x.type, shape: withExtent(x.shape, axis, end - start) }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return node.inputs.map(() => null);
    const x = inputAt(node.inputs, 0, 'Slice');
    const { axis, start, end } = sliceRange(node.inputs);
    const extent = x.shape[axis] ?? 0;
    const before = start > 0 ? [zeros(x, withExtent(x.shape, axis, start))] : [];
    const after = end < extent ? [zeros(x, withExtent(x.shape, axis, extent - end))] : [];
    return [concat([...before, g, ...after], axis), null, null, null];
  },
});

function sliceRange(inputs: readonly Value[]): { readonly start: number; readonly end: number; readonly axis: number } {
  const only = (index: number) => integerValues(inputAt(inputs, index, 'Slice'))[0] ?? 0;
  return { start: only(1), end: only(2), axis: only(3) };
}

function numbered(inputs: readonly Value[]): Roles {
  return Object.fromEntries(inputs.map((value, index) => [`input ${index}`, value]));
}

function zeros(like: Value, shape: Shape): Value {
  return expand(scalar(0, like.type), shape);
}

/** Joins tensors along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new GraphError('Concat', 'nothing to join');
  if (values.length === 1) return first;
  return apply(concatOperator, values, { axis: int(normalizeAxis('Concat', 'input 0', first, axis)) });
}

/** Cuts a tensor along an axis into pieces of the given sizes. */
export function split(x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
  if (sizes.length === 1 && sizes[0] === x.shape[normalizeAxis('Split', 'x', x, axis)]) return [x];
  return applyAll(splitOperator, [x, integers(sizes)], { axis: int(normalizeAxis('Split', 'x', x, axis)) });
}

/** Cuts a tensor along an axis into two equal halves. */
export function halve(x: Value, axis: number): readonly [Value, Value] {
  const half = (x.shape[normalizeAxis('Split', 'x', x, axis)] ?? 0) / 2;
  if (!Number.isInteger(half)) throw new GraphError('Split', `axis ${axis} of ${describe('x', x)} has no two halves`);
  const [a, b] = split(x, axis, [half, half]);
  if (a === undefined || b === undefined) throw new GraphError('Split', 'did not give two halves');
  return [a, b];
}

/** Elements `start` to `end` (exclusive) along an axis; `x` itself if that is all of it. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const normal = normalizeAxis('Slice', 'x', x, axis);
  if (start === 0 && end === x.shape[normal]) return x;
  return apply(sliceOperator, [x, integers([start]), integers([end]), integers([normal])]);
}
