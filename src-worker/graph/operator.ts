import { GraphError } from './graph-error.ts';
import type { TensorType, Value } from './value.ts';

/** ONNX attributes that our operators use: integers, strings and lists of integers. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * A standard ONNX operator: how its outputs are shaped, and how gradients flow back through it.
 * `defineOperator` and a row in the table of tests are all there is to adding one: no other part of the graph code knows
 * operators by name.
 */
export interface Operator {
  /** The ONNX `op_type`. */
  readonly name: string;
  /** Types of the outputs, or a GraphError that names what does not fit. */
  readonly infer: (inputs: readonly Value[], attributes: Attributes) => readonly TensorType[];
  /**
   * Vector-Jacobian product, written in other operators: the gradient of the loss by each input, given the gradient by
   * each output. `null` means "no gradient": on the way in, the output does not reach the loss; on the way out, the
   * input is not differentiable (indices, shapes).
   */
  readonly gradient: (node: Node, outputGradients: readonly (Value | null)[]) => readonly (Value | null)[];
}

export interface Node {
  readonly operator: Operator;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

const defined = new Set<Operator>();

/** Makes an operator known, so that a test can ask for a row of each. */
export function defineOperator(operator: Operator): Operator {
  defined.add(operator);
  return operator;
}

/** The operators of all modules that are loaded. */
export function definedOperators(): ReadonlySet<Operator> {
  return defined;
}

/** Applies an operator and returns all its outputs. */
export function applyAll(
  operator: Operator,
  inputs: readonly Value[],
  attributes: Attributes = {},
): readonly [Value, ...Value[]] {
  const outputs: Value[] = [];
  const node: Node = { operator, inputs, attributes, outputs };
  for (const [index, { type, shape }] of operator.infer(inputs, attributes).entries()) {
    outputs.push({ type, shape, source: { kind: 'node', node, output: index } });
  }
  const [first, ...rest] = outputs;
  if (first === undefined) throw new GraphError(operator.name, 'has no output');
  return [first, ...rest];
}

/** Applies an operator that has one output. */
export function apply(operator: Operator, inputs: readonly Value[], attributes: Attributes = {}): Value {
  return applyAll(operator, inputs, attributes)[0];
}

/** The input at `index`, which the operator's builder has always given. */
export function inputAt(inputs: readonly Value[], index: number, operator: string): Value {
  const value = inputs[index];
  if (value === undefined) throw new GraphError(operator, `input ${index} is missing`);
  return value;
}

export function intAttribute(attributes: Attributes, name: string, fallback: number): number {
  const attribute = attributes[name];
  return attribute?.kind === 'int' ? attribute.value : fallback;
}

export function intsAttribute(attributes: Attributes, name: string): readonly number[] {
  const attribute = attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : [];
}

export const text = (value: string): Attribute => ({ kind: 'string', value });
export const int = (value: number): Attribute => ({ kind: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
