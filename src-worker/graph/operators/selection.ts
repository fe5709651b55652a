import { elementCount } from '#protocol/model-shape.ts';
import { GraphError } from '../graph-error.ts';
import { apply, inputAt, int, intAttribute, text, type Operator } from '../operator.ts';
import { broadcastShapes, normalizeAxis, requireSameType, sameShape, withExtent } from '../shape.ts';
import { formatShape, scalar, type Value } from '../value.ts';
import { expand, reshape } from './layout.ts';

const gatherOperator: Operator = {
  name: 'Gather',
  infer: (inputs) => {
    const [table, indices] = [inputAt(inputs, 0, 'Gather'), inputAt(inputs, 1, 'Gather')];
    requireIndices('Gather', indices);
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
};

const gatherElementsOperator: Operator = {
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
};

const scatterAddOperator: Operator = {
  name: 'ScatterElements',
  infer: (inputs, attributes) => {
    const [data, indices] = [inputAt(inputs, 0, 'ScatterElements'), inputAt(inputs, 1, 'ScatterElements')];
    const updates = inputAt(inputs, 2, 'ScatterElements');
    requireAligned('ScatterElements', data, indices, intAttribute(attributes, 'axis', 0));
    requireSameType('ScatterElements', [data, updates]);
    if (!sameShape(indices.shape, updates.shape)) {
      const shapes = `${formatShape(indices.shape)} and ${formatShape(updates.shape)}`;
      throw new GraphError('ScatterElements', `indices and updates have different shapes ${shapes}`);
    }
    return [{ type: data.type, shape: data.shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null, null];
    const indices = inputAt(node.inputs, 1, 'ScatterElements');
    return [g, null, gatherElements(g, indices, intAttribute(node.attributes, 'axis', 0))];
  },
};

const lessOperator: Operator = {
  name: 'Less',
  infer: (inputs) => {
    const [a, b] = [inputAt(inputs, 0, 'Less'), inputAt(inputs, 1, 'Less')];
    requireSameType('Less', [a, b]);
    return [{ type: 'bool', shape: broadcastShapes('Less', a.shape, b.shape) }];
  },
  gradient: () => [null, null],
};

const whereOperator: Operator = {
  name: 'Where',
  infer: (inputs) => {
    const [condition, a, b] = [inputAt(inputs, 0, 'Where'), inputAt(inputs, 1, 'Where'), inputAt(inputs, 2, 'Where')];
    requireSameType('Where', [a, b]);
    if (condition.type !== 'bool') throw new GraphError('Where', `the condition is ${condition.type}, not bool`);
    if (!sameShape(a.shape, b.shape) || !sameShape(a.shape, condition.shape)) {
      const shapes = [condition, a, b].map((value) => formatShape(value.shape)).join(', ');
      throw new GraphError('Where', `shapes ${shapes} are not the same`);
    }
    return [{ type: a.type, shape: a.shape }];
  },
  gradient: (node, [g]) => {
    if (g === undefined || g === null) return [null, null, null];
    const condition = inputAt(node.inputs, 0, 'Where');
    return [null, where(condition, g, zerosLike(g)), where(condition, zerosLike(g), g)];
  },
};

function requireIndices(name: string, indices: Value): void {
  if (indices.type !== 'int32' && indices.type !== 'int64') {
    throw new GraphError(name, `indices must be integers, not ${indices.type}`);
  }
}

/** Indices fit data when they have the same rank and, outside of the axis, no larger extents. */
function requireAligned(name: string, data: Value, indices: Value, axis: number): void {
  requireIndices(name, indices);
  if (!sameShape(withExtent(data.shape, axis, 0), withExtent(indices.shape, axis, 0))) {
    const shapes = `data ${formatShape(data.shape)} and indices ${formatShape(indices.shape)}`;
    throw new GraphError(name, `${shapes} differ outside of axis ${axis}`);
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
  const normal = normalizeAxis('GatherElements', axis, data.shape);
  return apply(gatherElementsOperator, [data, indices], { axis: int(normal) });
}

/** `data` with each update added at its index along one axis; equal indices add up. */
export function scatterAdd(data: Value, indices: Value, updates: Value, axis: number): Value {
  const attributes = { axis: int(normalizeAxis('ScatterElements', axis, data.shape)), reduction: text('add') };
  return apply(scatterAddOperator, [data, indices, updates], attributes);
}

export function less(a: Value, b: Value): Value {
  return apply(lessOperator, [a, b]);
}

/** `a` where the condition holds, else `b`; all of one shape. */
export function where(condition: Value, a: Value, b: Value): Value {
  return apply(whereOperator, [condition, a, b]);
}
