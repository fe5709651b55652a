import type { GlobalState } from '#protocol/global-state.ts';
import type { OuterRule } from '#protocol/outer-rule.ts';
import { type Contribution, median } from '#protocol/outer-step.ts';

/** The outer step as one would write it on paper: coordinate by coordinate, with maps. What the fast one must equal bit by bit. */
export function simpleOuterStep(
  rule: OuterRule,
  state: GlobalState,
  contributions: readonly Contribution[],
): GlobalState {
  const parameters: Float32Array[] = [];
  const momentum: Float32Array[] = [];
  for (const [tensor, parameter] of state.parameters.entries()) {
    const sent = contributions.map(({ tensors }) => tensors[tensor]!);
    const norms = sent.map(({ values }) => Math.sqrt([...values].reduce((sum, value) => sum + value * value, 0)));
    const limit = median(norms);
    const peers = contributions.map(({ weight }, peer) => ({
      weight,
      factor: weight * (norms[peer]! > limit ? limit / norms[peer]! : 1),
      values: new Map([...sent[peer]!.indices].map((index, i) => [index, sent[peer]!.values[i]!])),
    }));
    const means = [...parameter].map((_, index) => {
      const senders = peers.filter(({ values }) => values.has(index));
      if (senders.length === 0) return 0;
      const sum = senders.reduce((total, { factor, values }) => total + factor * values.get(index)!, 0);
      return sum / (rule.mean === 'senders' ? senders : peers).reduce((total, { weight }) => total + weight, 0);
    });
    if (rule.momentum === 0) {
      parameters.push(parameter.map((value, index) => value - rule.learningRate * means[index]!));
      continue;
    }
    const moved = state.momentum[tensor]!.map((value, index) => rule.momentum * value + means[index]!);
    momentum.push(moved);
    parameters.push(
      parameter.map((value, index) => value - rule.learningRate * (means[index]! + rule.momentum * moved[index]!)),
    );
  }
  return { parameters, momentum };
}
