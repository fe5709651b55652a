import { GraphError } from '#worker/graph/graph-error.ts';
import { add, divide, multiply, power, subtract } from '#worker/graph/operators/arithmetic.ts';
import { reduceSumSquare } from '#worker/graph/operators/reduction.ts';
import { less, where } from '#worker/graph/operators/selection.ts';
import { square, squareRoot } from '#worker/graph/operators/unary.ts';
import { scalar, type Value } from '#worker/graph/value.ts';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled, on all parameters. */
  readonly weightDecay: number;
  /** Largest global norm of the gradients. */
  readonly clipNorm: number;
}

export const DEFAULT_ADAMW: AdamWOptions = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };

/** A parameter with its gradient and the running moments of that gradient. */
export interface Moments {
  readonly parameter: Value;
  readonly gradient: Value;
  readonly first: Value;
  readonly second: Value;
}

/** √(Σ gradient²) over all gradients: shape []. */
export function globalNorm(gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => reduceSumSquare(gradient, [...gradient.shape.keys()], false));
  const [first, ...rest] = squares;
  if (first === undefined) throw new GraphError('globalNorm', 'there are no gradients');
  return squareRoot(rest.reduce((sum, value) => add(sum, value), first));
}

/** What all gradients are multiplied by: min(1, clipNorm / (norm + 1e-6)), as torch's `clip_grad_norm_`. */
export function clipScale(norm: Value, clipNorm: number): Value {
  const one = scalar(1, norm.type);
  const scale = divide(scalar(clipNorm, norm.type), add(norm, scalar(1e-6, norm.type)));
  return where(less(scale, one), scale, one);
}

/** The factors of one step that are the same for all parameters: scalars of the graph. */
export interface StepFactors {
  readonly decay: Value;
  readonly firstGradient: Value;
  readonly secondGradient: Value;
  readonly stepSize: Value;
  readonly epsilon: Value;
}

/**
 * @param step number of this step from 1, as a float of shape []
 * @param gradientScale what the gradients are multiplied by first (see clipScale)
 */
export function stepFactors(
  options: AdamWOptions,
  learningRate: Value,
  step: Value,
  gradientScale: Value,
): StepFactors {
  const { type } = step;
  const one = scalar(1, type);
  const correction1 = subtract(one, power(scalar(options.beta1, type), step));
  const correction2 = squareRoot(subtract(one, power(scalar(options.beta2, type), step)));
  return {
    decay: subtract(one, multiply(learningRate, scalar(options.weightDecay, type))),
    firstGradient: multiply(gradientScale, scalar(1 - options.beta1, type)),
    secondGradient: multiply(square(gradientScale), scalar(1 - options.beta2, type)),
    stepSize: divide(multiply(learningRate, correction2), correction1),
    epsilon: multiply(scalar(options.epsilon, type), correction2),
  };
}

/**
 * One AdamW update (Loshchilov & Hutter 2019, Algorithm 2) of one parameter:
 * `p·(1 − lr·wd) − lr · m̂ / (√v̂ + ε)`, with both bias corrections moved into the step size and ε.
 */
export function adamW(
  { parameter, gradient, first, second }: Moments,
  { beta1, beta2 }: AdamWOptions,
  factors: StepFactors,
): { readonly parameter: Value; readonly first: Value; readonly second: Value } {
  const { type } = parameter;
  const nextFirst = add(multiply(first, scalar(beta1, type)), multiply(gradient, factors.firstGradient));
  const nextSecond = add(multiply(second, scalar(beta2, type)), multiply(square(gradient), factors.secondGradient));
  const direction = divide(nextFirst, add(squareRoot(nextSecond), factors.epsilon));
  return {
    parameter: subtract(multiply(parameter, factors.decay), multiply(direction, factors.stepSize)),
    first: nextFirst,
    second: nextSecond,
  };
}
