import { bytesOf, concatBytes, float32At } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { type GlobalState, hasMomentum, stateTensors } from './global-state.ts';
import { elementCount, parameterCount, parameterShapes } from './model-shape.ts';
import type { RunSpec } from './run-spec.ts';

/**
 * Exact size of a checkpoint blob: all parameters as little-endian float32, in the order of `parameterShapes`, then in the same way
 * the outer momentum, if the run has it.
 */
export const checkpointBytes = (spec: RunSpec): number => 4 * parameterCount(spec.model) * (hasMomentum(spec) ? 2 : 1);

export const encodeCheckpoint = (state: GlobalState): Uint8Array => concatBytes(...stateTensors(state).map(bytesOf));

/** @throws ProtocolError when the length is off; whether the values are right is the state root's business */
export function decodeCheckpoint(spec: RunSpec, blob: Uint8Array): GlobalState {
  if (blob.length !== checkpointBytes(spec)) {
    throw new ProtocolError(`Checkpoint has ${blob.length} bytes instead of ${checkpointBytes(spec)}`);
  }
  let offset = 0;
  const tensors = (): readonly Float32Array[] =>
    parameterShapes(spec.model).map(({ shape }) => {
      const count = elementCount(shape);
      const tensor = float32At(blob, offset, count);
      offset += 4 * count;
      return tensor;
    });
  const parameters = tensors();
  return { parameters, momentum: hasMomentum(spec) ? tensors() : [] };
}
