import { hashedFloats } from '#protocol/integer-hash.ts';
import { elementCount } from '#protocol/model-shape.ts';
import { gradients } from '#worker/graph/gradients.ts';
import { multiply } from '#worker/graph/operators/arithmetic.ts';
import { reduceSum } from '#worker/graph/operators/reduction.ts';
import { constant, input, type Shape, type Value } from '#worker/graph/value.ts';
import { loadGraph } from './run-graph.ts';

export interface GradientCase {
  readonly shapes: readonly Shape[];
  readonly build: (...inputs: readonly Value[]) => Value;
  /** Moves the random inputs (−1…1) to where the function is smooth. */
  readonly domain?: (x: number) => number;
}

/** Step of the central difference: near the cube root of the float64 precision, where its two errors balance. */
const DELTA = 1e-5;

/**
 * Compares automatic gradients with central differences, both in float64 through onnxruntime, for every element of
 * every input. Returns the largest absolute difference, relative to the largest gradient (at least 1).
 */
export async function gradientError({ shapes, build, domain = (x) => x }: GradientCase): Promise<number> {
  const inputs = shapes.map((shape, index) => input(`x${index}`, 'float64', shape));
  const output = build(...inputs);
  const weights = Float64Array.from(hashedFloats(elementCount(output.shape), 500, 1));
  const weighted = multiply(output, constant(weights, output.shape));
  const loss = reduceSum(weighted, [...output.shape.keys()], false);
  const outputs = Object.fromEntries(gradients(loss, inputs).map((gradient, index) => [`g${index}`, gradient]));
  const backward = await loadGraph(inputs, outputs);
  const forward = await loadGraph(inputs, { loss });
  try {
    const data = shapes.map((shape, k) => Float64Array.from(hashedFloats(elementCount(shape), 600 + k, 1), domain));
    const found = await backward.run(data);
    let [worst, largest] = [0, 1];
    for (const [k, values] of data.entries()) {
      const gradient = found[`g${k}`]!;
      for (const [index, at] of values.entries()) {
        values[index] = at + DELTA;
        const above = (await forward.run(data))['loss']![0]!;
        values[index] = at - DELTA;
        const below = (await forward.run(data))['loss']![0]!;
        values[index] = at;
        const difference = (above - below) / (2 * DELTA);
        worst = Math.max(worst, Math.abs(difference - gradient[index]!));
        largest = Math.max(largest, Math.abs(difference));
      }
    }
    return worst / largest;
  } finally {
    await backward.release();
    await forward.release();
  }
}
