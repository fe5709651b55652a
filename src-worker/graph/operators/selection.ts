import { elementCount } from '#protocol/model-shape.ts';
import { describe, describeAll } from '../describe.ts';
import { GraphError } from '../graph-error.ts';
import { apply, defineOperator, inputAt, int, intAttribute, text } from '../operator.ts';
import { broadcastShapes, normalizeAxis, requireSameType, sameShape, withExtent } from '../shape.ts';
import { constantNumber, scalar, type Value } from '../value.ts';
import { expand, reshape } from './layout.ts';

const gatherOperator = defineOperator({
  name: 'Gather',
  infer: (inputs) => {
    const [table, indices] = [inputAt(inputs, 0, 'Gather'), inputAt(inputs, 1, 'Gather')];
    requireIndices('Gather', indices);
    normalizeAxis('Gather', 'table', table, 0);
    return [{ type: table.type, shape: [...indices.shape, ...table.shape.slice(1)] }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null];
    const [table, indices] = [inputAt(node.inputs, 0, 'Gather'), inputAt(node.inputs, 1, 'Gather')];
    const rows = elementCount(indices.shape);
    const row = table.shape.slice(1);
    const flat = reshape(indices, [rows, ...row.map(() => 1)]);
    return [scatterAdd(zerosLike(table), expand(flat, [rows, ...row]), reshape(g, [rows, ...row]), 0), null];
  },
});

const gatherElementsOperator = defineOperator({
  name: 'GatherElements',
  infer: (inputs, attributes) => {
    const [data, indices] = [inputAt(inputs, 0, 'GatherElements'), inputAt(inputs, 1, 'GatherElements')];
    requireAligned('GatherElements', data, indices, intAttribute(attributes, 'axis', 0));
    return [{ type: data.type, shape: indices.shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null];
    const [data, indices] = [inputAt(node.inputs, 0, 'GatherElements'), inputAt(node.inputs, 1, 'GatherElements')];
    return [scatterAdd(zerosLike(data), indices, g, intAttribute(node.attributes, 'axis', 0)), null];
  },
});

const scatterAddOperator = defineOperator({
  name: 'ScatterElements',
  infer: (inputs, attributes) => {
    const [data, indices] = [inputAt(inputs, 0, 'ScatterElements'), inputAt(inputs, 1, 'ScatterElements')];
    const updates = inputAt(inputs, 2, 'ScatterElements');
    requireAligned('ScatterElements', data, indices, intAttribute(attributes, 'axis', 0));
    requireSameType('ScatterElements', { data, updates });
    if (!sameShape(indices.shape, updates.shape)) {
      throw new GraphError('ScatterElements', `${describeAll({ indices, updates })} have different shapes`);
    }
    return [{ type: data.type, shape: data.shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null, null];
    const indices = inputAt(node.inputs, 1, 'ScatterElements');
    return [g, null, gatherElements(g, indices, intAttribute(node.attributes, 'axis', 0))];
  },
});

const lessOperator = defineOperator({
  name: 'Less',
  infer: (inputs) => {
    const [a, b] = [inputAt(inputs, 0, 'Less'), inputAt(inputs, 1, 'Less')];
    requireSameType('Less', { a, b });
    const shape = broadcastShapes(a.shape, b.shape);
    if (shape === null) throw new GraphError('Less', `${describeAll({ a, b })} do not broadcast`);
    return [{ type: 'bool', shape }];
  },
  gradient: () => [null, null],
});

const whereOperator = defineOperator({
  name: 'Where',
  infer: (inputs) => {
    const [condition, a, b] = [inputAt(inputs, 0, 'Where'), inputAt(inputs, 1, 'Where'), inputAt(inputs, 2, 'Where')];
    requireSameType('Where', { a, b });
    if (condition.type !== 'bool') {
      throw new GraphError('Where', `${describe('condition', condition)} is ${condition.type}, not bool`);
    }
    if (!sameShape(a.shape, b.shape) || !sameShape(a.shape, condition.shape)) {
      throw new GraphError('Where', `${describeAll({ condition, a, b })} have different shapes`);
    }
    return [{ type: a.type, shape: a.shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null, null];
    const condition = inputAt(node.inputs, 0, 'Where');
    return [null, where(condition, g, zerosLike(g)), where(condition, zerosLike(g), g)];
  },
});

function requireIndices(name: string, indices: Value): void {
  if (indices.type !== 'int32' && indices.type !== 'int64') {
    throw new GraphError(name, `${describe('indices', indices)} are ${indices.type}, not integers`);
  }
}

/** Indices fit data when they have the same rank and, outside of the axis, no larger extents. */
function requireAligned(name: string, data: Value, indices: Value, axis: number): void {
  requireIndices(name, indices);
  if (!sameShape(withExtent(data.shape, axis, 0), withExtent(indices.shape, axis, 0))) {
    throw new GraphError(name, `${describeAll({ data, indices })} differ outside of axis ${axis}`);
  }
}

function zerosLike(value: Value): Value {
  return expand(scalar(0, value.type), value.shape);
}

/** Rows of `table` (axis 0) by index: shape `[...indices, ...row]`. */
export function gather(table: Value, indices: Value): Value {
  return apply(gatherOperator, [table, indices]);
}

/** `data[…, indices[…], …]` along one axis, elementwise. */
export function gatherElements(data: Value, indices: Value, axis: number): Value {
  const normal = normalizeAxis('GatherElements', 'data', data, axis);
  return apply(gatherElementsOperator, [data, indices], { axis: int(normal) });
}

/** `data` with each update added at its index along one axis; equal indices add up. */
export function scatterAdd(data: Value, indices: Value, updates: Value, axis: number): Value {
  const attributes = { axis: int(normalizeAxis('ScatterElements', 'data', data, axis)), reduction: text('add') };
  return apply(scatterAddOperator, [data, indices, updates], attributes);
}

/** What was added where, if `value` is a `scatterAdd` over zeros. */
export function scatteredOverZeros(
  value: Value,
): { readonly indices: Value; readonly updates: Value; readonly axis: number } | null {
  if (value.source.kind !== 'node' || value.source.node.operator !== scatterAddOperator) return null;
  const { inputs, attributes } = value.source.node;
  const [data, indices, updates] = [0, 1, 2].map((index) => inputAt(inputs, index, 'ScatterElements'));
  if (data?.source.kind !== 'node' || data.source.node.operator.name !== 'Expand') return null;
  if (constantNumber(inputAt(data.source.node.inputs, 0, 'Expand')) !== 0) return null;
  if (indices === undefined || updates === undefined) return null;
  return { indices, updates, axis: intAttribute(attributes, 'axis', 0) };
}

export function less(a: Value, b: Value): Value {
  return apply(lessOperator, [a, b]);
}

/** `a` where the condition holds, else `b`; all of one shape. */
export function where(condition: Value, a: Value, b: Value): Value {
  return apply(whereOperator, [condition, a, b]);
}
