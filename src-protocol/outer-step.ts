import type { GlobalState } from './global-state.ts';
import type { OuterRule } from './outer-rule.ts';
import { outerStepPart } from './outer-step-part.ts';
import type { SparseTensor } from './update/sparse-tensor.ts';

/** A selected update and its weight, a positive integer (relative). */
export interface Contribution {
  /** With the norm of its values where decoding has found it. */
  readonly tensors: readonly (SparseTensor & { readonly norm?: number })[];
  readonly weight: number;
}

/**
 * θ ← θ − α · g, where g is the weighted mean of the updates, each tensor's update first clipped to the median norm
 * (Covenant-72B; facts §1). With outer momentum (Nesterov, as in DiLoCo and PyTorch's SGD): m ← μ·m + g; θ ← θ − α · (g + μ·m).
 *
 * Bit-exact everywhere: + − × ÷ √ on doubles in the order of `contributions`, stored as float32. Beside the new arrays that it
 * returns it holds less than 0.2 MiB. A round that merged nothing leaves the state as it was, its momentum too: nothing was learned.
 *
 * @throws RangeError when the rule has momentum and the state has not, or the other way round
 */
export function outerStep(rule: OuterRule, state: GlobalState, contributions: readonly Contribution[]): GlobalState {
  requireMomentum(rule, state);
  const next = {
    parameters: state.parameters.map((parameter) => parameter.slice()),
    momentum: state.momentum.map((momentum) => momentum.slice()),
  };
  for (const [tensor, parameter] of next.parameters.entries()) {
    const sent = contributions.flatMap(({ tensors, weight }) => {
      const part = tensors[tensor];
      return part === undefined ? [] : [{ part, weight, norm: part.norm ?? norm(part.values) }];
    });
    const factors = clipFactors(sent);
    const parts = sent.map(({ part, weight }, peer) => ({ part, weight, factor: factors[peer] ?? 0 }));
    outerStepPart(rule, { parameter, momentum: next.momentum[tensor] ?? null }, parts);
  }
  return next;
}

/** @throws RangeError when the rule has momentum and the state has not, or the other way round */
export function requireMomentum(rule: OuterRule, { parameters, momentum }: GlobalState): void {
  if (momentum.length === (rule.momentum > 0 ? parameters.length : 0)) return;
  throw new RangeError(`Momentum ${rule.momentum} with ${momentum.length} tensors for it`);
}

/** The weight of each update of a tensor, times its norm's clipping to the median of the norms. */
export function clipFactors(sent: readonly { readonly weight: number; readonly norm: number }[]): readonly number[] {
  const limit = median(sent.map((entry) => entry.norm));
  return sent.map((entry) => entry.weight * (entry.norm > limit ? limit / entry.norm : 1));
}

function norm(values: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    squares += value * value;
  }
  return Math.sqrt(squares);
}

/** Mean of the two middle values when their number is even; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}
