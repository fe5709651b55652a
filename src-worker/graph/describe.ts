import { formatShape, type Value } from './value.ts';

/** Inputs of an operator under the names that its builder gives them. */
export type Roles = Readonly<Record<string, Value>>;

/**
 * How errors speak of an input: its role, its name in the graph (or where it comes from) and its shape:
 * `b "lm_head.weight" [5, 4]`, `a (from Softmax) [8, 3]`, `b (from Transpose of "lm_head.weight") [4, 5]`.
 */
export function describe(role: string, value: Value): string {
  return `${role} ${origin(value)} ${formatShape(value.shape)}`;
}

/** Several inputs in a row: `a "x" [2], b "y" [3] and c "z" [4]`. */
export function describeAll(roles: Roles, about: (value: Value) => string = () => ''): string {
  const each = Object.entries(roles).map(([role, value]) => describe(role, value) + about(value));
  const last = each.pop() ?? '';
  return each.length === 0 ? last : `${each.join(', ')} and ${last}`;
}

function origin({ source }: Value): string {
  if (source.kind === 'input') return `"${source.name}"`;
  if (source.kind === 'constant') return '(constant)';
  const named = source.node.inputs.find((value) => value.source.kind === 'input');
  return `(from ${source.node.operator.name}${named === undefined ? '' : ` of ${origin(named)}`})`;
}
