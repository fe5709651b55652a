import { elementCount } from '#protocol/model-shape.ts';
import type { ElementType } from '#worker/graph/element-type.ts';
import type { Shape, Value } from '#worker/graph/value.ts';
import { randomSource, type RandomSource } from './random-source.ts';
import type { TestTensor } from './tensor.ts';

/** One operator on one set of shapes. */
export interface OperatorCase {
  /** What a failure says: seed, shapes and options. */
  readonly label: string;
  readonly source: RandomSource;
  readonly inputs: readonly TestTensor[];
  readonly build: (...inputs: readonly Value[]) => Value;
  /** The expected result in plain float64 arithmetic. Its type is not compared. */
  readonly expected: TestTensor;
}

/** How gradients are checked: against central differences with this step, or that there are none. */
type GradientCheck = { readonly step: number } | 'none';

/** All that the test knows of one operator. */
export interface Row {
  readonly title: string;
  readonly gradient: GradientCheck;
  readonly cases: () => readonly OperatorCase[];
}

export interface RowOptions<P> {
  /** Shapes and options that must be tried: rank 0, 1, odd, more than 65,535 elements. */
  readonly edges: readonly P[];
  readonly random: (source: RandomSource) => P;
  readonly inputs: (parameters: P, source: RandomSource) => readonly TestTensor[];
  readonly build: (parameters: P) => (...inputs: readonly Value[]) => Value;
  readonly reference: (parameters: P) => (...inputs: readonly TestTensor[]) => TestTensor;
  readonly gradient?: GradientCheck;
}

/**
 * Near the cube root of the float64 precision, where the two errors of a central difference, step²·f‴/6 and 10⁻¹⁶·f/step,
 * are both about 10⁻¹¹.
 */
const STEP = 1e-5;
const RANDOM_CASES = 8;

export function row<P>(title: string, options: RowOptions<P>): Row {
  const { edges, random, inputs, build, reference, gradient = { step: STEP } } = options;
  const caseOf = (number: number): OperatorCase => {
    const seed = `${title}/${number}`;
    const source = randomSource(seed);
    const parameters = edges[number] ?? random(source);
    const tensors = inputs(parameters, source);
    return {
      label: `${title} (seed '${seed}') of ${JSON.stringify(parameters)}`,
      source,
      inputs: tensors,
      build: build(parameters),
      expected: reference(parameters)(...tensors),
    };
  };
  return {
    title,
    gradient,
    cases: () => Array.from({ length: edges.length + RANDOM_CASES }, (_, number) => caseOf(number)),
  };
}

/** Makes elements in order, from a random source. */
export type Fill = (count: number, source: RandomSource) => Float64Array;

const each =
  (one: (source: RandomSource) => number): Fill =>
  (count, source) =>
    Float64Array.from({ length: count }, () => one(source));

const sign = (source: RandomSource): number => source.pick([-1, 1]);

export const uniform = each((source) => 2 * source.fraction() - 1);
export const positive = each((source) => 0.5 + 2 * source.fraction());
/** For what has a pole or a kink at 0. */
export const awayFromZero = each((source) => sign(source) * (0.5 + source.fraction()));
/** For what jumps at n + ½. */
export const nearIntegers = each((source) => source.integer(-3, 3) + 0.8 * source.fraction() - 0.4);
/** Multiples of 1/64, which all floating-point types hold, as they do when moved by GRID_STEP. */
export const grid = each((source) => source.integer(-64, 64) / 64);
export const GRID_STEP = 1 / 128;
export const booleans = each((source) => source.integer(0, 1));
export const integersOf = (from: number, to: number): Fill => each((source) => source.integer(from, to));
/** Numbers in −1…1 of which no two are close, so that a largest one stays the largest. */
export const distinct: Fill = (count, source) =>
  Float64Array.from(source.order(count), (place) => (2 * place + 1) / count - 1);

export function tensor(shape: Shape, fill: Fill, source: RandomSource, type: ElementType = 'float64'): TestTensor {
  return { type, shape, data: fill(elementCount(shape), source) };
}
