import { GraphError } from '#worker/graph/graph-error.ts';
import { add, divide, multiply, subtract } from '#worker/graph/operators/arithmetic.ts';
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

/** What differs from step to step, the same for all parameters. As numbers: float64; in the graph: float32 of shape []. */
export interface StepFactors<T> {
  /** What weight decay leaves of a parameter: `1 − lr·wd`. */
  readonly decay: T;
  /** `lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ)`. */
  readonly stepSize: T;
  /** `ε·√(1 − β₂ᵗ)`. */
  readonly epsilon: T;
}

/**
 * The factors of step `step` (from 1). Computed outside of the graph in float64, because `1 − β₂ᵗ` in float32 loses five
 * bits at the first step.
 */
export function stepFactors(options: AdamWOptions, learningRate: number, step: number): StepFactors<number> {
  const correction2 = Math.sqrt(1 - options.beta2 ** step);
  return {
    decay: 1 - learningRate * options.weightDecay,
    stepSize: (learningRate * correction2) / (1 - options.beta1 ** step),
    epsilon: options.epsilon * correction2,
  };
}

/**
 * One AdamW update (Loshchilov & Hutter 2019, Algorithm 2) of one parameter:
 * `p·(1 − lr·wd) − lr · m̂ / (√v̂ + ε)`, with both bias corrections moved into the step size and ε.
 *
 * @param gradientScale what the gradient is multiplied by first: see clipScale
 */
export function adamW(
  { parameter, gradient, first, second }: Moments,
  { beta1, beta2 }: AdamWOptions,
  factors: StepFactors<Value>,
  gradientScale: Value,
): { readonly parameter: Value; readonly first: Value; readonly second: Value } {
  const { type } = parameter;
  // Scalars are multiplied first: one pass over the gradient fewer.
  const firstWeight = multiply(gradientScale, scalar(1 - beta1, type));
  const secondWeight = multiply(square(gradientScale), scalar(1 - beta2, type));
  const nextFirst = add(multiply(first, scalar(beta1, type)), multiply(gradient, firstWeight));
  const nextSecond = add(multiply(second, scalar(beta2, type)), multiply(square(gradient), secondWeight));
  const direction = divide(nextFirst, add(squareRoot(nextSecond), factors.epsilon));
  return {
    parameter: subtract(multiply(parameter, factors.decay), multiply(direction, factors.stepSize)),
    first: nextFirst,
    second: nextSecond,
  };
}
