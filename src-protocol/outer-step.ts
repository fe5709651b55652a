import type { RunSpec } from './run-spec.ts';
import type { SparseTensor } from './update/update-blob.ts';

/** A selected update and its weight, a positive integer (relative). */
export interface Contribution {
  readonly tensors: readonly SparseTensor[];
  readonly weight: number;
}

/**
 * θ ← θ − α · weighted mean of the updates, each tensor's update first clipped to the median norm (Covenant-72B; facts §1).
 * Bit-exact everywhere: + − × ÷ √ on doubles in the order of `contributions`, stored as float32. Returns new arrays.
 */
export function outerStep(
  outer: RunSpec['outer'],
  parameters: readonly Float32Array[],
  contributions: readonly Contribution[],
): readonly Float32Array[] {
  return parameters.map((parameter, tensor) => {
    const parts = contributions.flatMap(({ tensors, weight }) => {
      const part = tensors[tensor];
      return part === undefined ? [] : [{ part, weight, norm: norm(part.values) }];
    });
    const limit = median(parts.map((entry) => entry.norm));
    const sums = new Float64Array(parameter.length);
    const weights = new Float64Array(parameter.length);
    let totalWeight = 0;
    for (const entry of parts) {
      const factor = entry.weight * (entry.norm > limit ? limit / entry.norm : 1);
      totalWeight += entry.weight;
      for (let i = 0; i < entry.part.indices.length; i += 1) {
        const at = entry.part.indices[i] ?? 0;
        sums[at] = (sums[at] ?? 0) + factor * (entry.part.values[i] ?? 0);
        weights[at] = (weights[at] ?? 0) + entry.weight;
      }
    }
    const next = parameter.slice();
    for (let i = 0; i < next.length; i += 1) {
      const sent = weights[i] ?? 0;
      if (sent === 0) continue;
      const share = (sums[i] ?? 0) / (outer.mean === 'senders' ? sent : totalWeight);
      next[i] = (next[i] ?? 0) - outer.learningRate * share;
    }
    return next;
  });
}

function norm(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

/** Mean of the two middle values when their number is even; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}
