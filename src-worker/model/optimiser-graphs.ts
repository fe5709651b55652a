import { dequantiseBlocks, quantiseBlocks, quantisedShapes } from '#worker/graph/blockwise-quantise.ts';
import type { ElementType } from '#worker/graph/element-type.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { add } from '#worker/graph/operators/arithmetic.ts';
import { cast } from '#worker/graph/operators/cast.ts';
import { reduceSumSquare } from '#worker/graph/operators/reduction.ts';
import { input, scalar, type Shape, type Value } from '#worker/graph/value.ts';
import { adamW, type AdamWOptions, type StepFactors } from './adamw.ts';
import type { MemorySavings } from './memory-savings.ts';

/** Names of the inputs and outputs of the optimiser's graphs; of each tensor, before its index. */
export const PARAMETER = 'parameter.';
export const FIRST = 'first.';
export const SECOND = 'second.';
/** Scales of moments that are codes. */
export const FIRST_SCALES = 'firstScales.';
export const SECOND_SCALES = 'secondScales.';
export const GRADIENT_OF = 'gradient.';
/** What forward and backward pass read of a parameter. */
export const WEIGHT = 'weight.';
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

/** Weights of tensors of the given shapes from their float32 parameters: `parameter.i` in, `weight.i` out. */
export function weightsModel(shapes: readonly Shape[], type: MemorySavings['weights']): Uint8Array {
  const parameters = shapes.map((shape, index) => input(`${PARAMETER}${index}`, 'float32', shape));
  return writeModel(
    parameters,
    Object.fromEntries(parameters.map((parameter, index) => [`${WEIGHT}${index}`, cast(parameter, type)])),
  );
}

/**
 * One AdamW update of tensors of the given shapes. In: `gradientScale` and the step's factors (see StepFactors) as float32 [],
 * and `parameter.i`, `first.i`, `second.i`, `gradient.i` of each tensor. Out: `next.parameter.i`, `next.first.i`, `next.second.i`.
 * Moments of 8 bits are codes (see QuantisedBlocks), with `firstScales.i` and `secondScales.i` in and out beside them.
 */
export function updateModel(
  shapes: readonly Shape[],
  options: AdamWOptions,
  state: MemorySavings['optimiserState'] = 'float32',
): Uint8Array {
  const { inputs, outputs } = updateGraph(shapes, options, state);
  return writeModel(inputs, outputs);
}

/** The graph that `updateModel` writes. */
export function updateGraph(
  shapes: readonly Shape[],
  options: AdamWOptions,
  state: MemorySavings['optimiserState'],
): { readonly inputs: readonly Value[]; readonly outputs: Readonly<Record<string, Value>> } {
  const scale = input(GRADIENT_SCALE, 'float32', []);
  const factors = {
    decay: input('decay', 'float32', []),
    stepSize: input('stepSize', 'float32', []),
    epsilon: input('epsilon', 'float32', []),
  } satisfies StepFactors<Value>;
  const inputs: Value[] = [scale, ...Object.values(factors)];
  const outputs: Record<string, Value> = {};
  for (const [index, shape] of shapes.entries()) {
    const named = (name: string, type: ElementType = 'float32', like: Shape = shape): Value => {
      const value = input(`${name}${index}`, type, like);
      inputs.push(value);
      return value;
    };
    const kept = quantisedShapes(shape);
    const moment = (name: string, scales: string, signed: boolean): Value =>
      state === 'float32'
        ? named(name)
        : dequantiseBlocks(named(name, 'uint8', kept.codes), named(scales, 'float32', kept.scales), shape, { signed });
    const keep = (name: string, scales: string, signed: boolean, value: Value): void => {
      const blocks = state === 'float32' ? null : quantiseBlocks(value, { signed });
      outputs[`${NEXT}${name}${index}`] = blocks?.codes ?? value;
      if (blocks !== null) outputs[`${NEXT}${scales}${index}`] = blocks.scales;
    };
    const moments = {
      parameter: named(PARAMETER),
      first: moment(FIRST, FIRST_SCALES, true),
      second: moment(SECOND, SECOND_SCALES, false),
      gradient: named(GRADIENT_OF),
    };
    const next = adamW(moments, options, factors, scale);
    outputs[`${NEXT}${PARAMETER}${index}`] = next.parameter;
    keep(FIRST, FIRST_SCALES, true, next.first);
    keep(SECOND, SECOND_SCALES, false, next.second);
  }
  return { inputs, outputs };
}
