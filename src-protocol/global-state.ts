import { initialWeights } from './initial-weights.ts';
import type { RunSpec } from './run-spec.ts';

/** What all members of a run agree on bit by bit: everything that the next outer step reads. */
export interface GlobalState {
  /** One array for each entry of `parameterShapes`. */
  readonly parameters: readonly Float32Array[];
  /** The outer momentum, shaped as the parameters; empty in a run without. */
  readonly momentum: readonly Float32Array[];
}

/** The state that a run starts from: the initial weights, at rest. */
export function initialGlobalState(spec: RunSpec): GlobalState {
  const parameters = initialWeights(spec.model, spec.initialSeed);
  return { parameters, momentum: hasMomentum(spec) ? parameters.map(({ length }) => new Float32Array(length)) : [] };
}

export const hasMomentum = (spec: RunSpec): boolean => spec.outer.momentum > 0;

/**
 * All tensors of a state in the order of its root and its checkpoints: the parameters, then the momentum. The momentum must be in
 * both: two nodes of the same parameters and different momentum would part in the next round, and nobody could say why.
 */
export const stateTensors = ({ parameters, momentum }: GlobalState): readonly Float32Array[] => [
  ...parameters,
  ...momentum,
];
