import { GraphError } from './graph-error.ts';
import type { Node } from './operator.ts';
import { add } from './operators/arithmetic.ts';
import { expand } from './operators/layout.ts';
import { nodesLeadingTo } from './order.ts';
import { sameShape } from './shape.ts';
import { formatShape, scalar, type Value } from './value.ts';

/**
 * Reverse-mode differentiation: the gradient of `loss` by each value of `by`, as new values of the same graph.
 *
 * @param loss a scalar (shape [])
 * @returns one value for each of `by`, in its shape; zeros where the loss does not depend on it
 * @throws GraphError if the loss is no scalar or an operator's gradient has the wrong shape
 */
export function gradients(loss: Value, by: readonly Value[]): readonly Value[] {
  if (loss.shape.length > 0) throw new GraphError('gradients', `the loss has shape ${formatShape(loss.shape)}, not []`);
  const order = nodesLeadingTo([loss]);
  const needed = dependants(order, by);
  const found = new Map<Value, Value>([[loss, scalar(1, loss.type)]]);

  for (const node of order.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output) && found.has(output))) continue;
    const flowing = node.operator.gradient(
      node,
      node.outputs.map((output) => found.get(output) ?? null),
    );
    for (const [index, value] of node.inputs.entries()) {
      const gradient = flowing[index] ?? null;
      if (gradient === null || !needed.has(value)) continue;
      if (!sameShape(gradient.shape, value.shape)) {
        const shapes = `${formatShape(gradient.shape)} for an input of shape ${formatShape(value.shape)}`;
        throw new GraphError(node.operator.name, `its gradient has shape ${shapes}`);
      }
      const before = found.get(value);
      found.set(value, before === undefined ? gradient : add(before, gradient));
    }
  }
  return by.map((value) => found.get(value) ?? expand(scalar(0, value.type), value.shape));
}

/** The values through which a change of `by` reaches the end: only they need gradients. */
function dependants(order: readonly Node[], by: readonly Value[]): ReadonlySet<Value> {
  const reached = new Set<Value>(by);
  for (const node of order) {
    if (!node.inputs.some((value) => reached.has(value))) continue;
    for (const output of node.outputs) reached.add(output);
  }
  return reached;
}
