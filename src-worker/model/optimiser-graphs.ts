import { writeModel } from '#worker/graph/onnx/model.ts';
import { add } from '#worker/graph/operators/arithmetic.ts';
import { reduceSumSquare } from '#worker/graph/operators/reduction.ts';
import { input, scalar, type Shape, type Value } from '#worker/graph/value.ts';
import { adamW, type AdamWOptions, type StepFactors } from './adamw.ts';

/** Names of the inputs and outputs of the optimiser's graphs; of each tensor, before its index. */
export const PARAMETER = 'parameter.';
export const FIRST = 'first.';
export const SECOND = 'second.';
export const GRADIENT_OF = 'gradient.';
export const NEXT = 'next.';
export const NORM_SQUARE = 'normSquare';
export const GRADIENT_SCALE = 'gradientScale';
export const STEP_FACTORS = ['decay', 'stepSize', 'epsilon'] as const;

/** Σ gradient² over tensors of the given shapes: `gradient.0`, `gradient.1`, … in, `normSquare` float32 [] out. */
export function normSquareModel(shapes: readonly Shape[]): Uint8Array {
  const gradients = shapes.map((shape, index) => input(`${GRADIENT_OF}${index}`, 'float32', shape));
  const squares = gradients.map((gradient) => reduceSumSquare(gradient, [...gradient.shape.keys()], false));
  return writeModel(gradients, { [NORM_SQUARE]: squares.reduce(add, scalar(0, 'float32')) });
}

/**
 * One AdamW update of tensors of the given shapes. In: `gradientScale` and the step's factors (see StepFactors) as float32 [],
 * and `parameter.i`, `first.i`, `second.i`, `gradient.i` of each tensor. Out: `next.parameter.i`, `next.first.i`, `next.second.i`.
 */
export function updateModel(shapes: readonly Shape[], options: AdamWOptions): Uint8Array {
  const scale = input(GRADIENT_SCALE, 'float32', []);
  const factors = {
    decay: input('decay', 'float32', []),
    stepSize: input('stepSize', 'float32', []),
    epsilon: input('epsilon', 'float32', []),
  } satisfies StepFactors<Value>;
  const inputs: Value[] = [scale, ...Object.values(factors)];
  const outputs: Record<string, Value> = {};
  for (const [index, shape] of shapes.entries()) {
    const named = (name: string): Value => {
      const value = input(`${name}${index}`, 'float32', shape);
      inputs.push(value);
      return value;
    };
    const moments = {
      parameter: named(PARAMETER),
      first: named(FIRST),
      second: named(SECOND),
      gradient: named(GRADIENT_OF),
    };
    const next = adamW(moments, options, factors, scale);
    outputs[`${NEXT}${PARAMETER}${index}`] = next.parameter;
    outputs[`${NEXT}${FIRST}${index}`] = next.first;
    outputs[`${NEXT}${SECOND}${index}`] = next.second;
  }
  return writeModel(inputs, outputs);
}
