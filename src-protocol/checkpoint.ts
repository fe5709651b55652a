import { bytesOf, concatBytes, float32At } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { elementCount, parameterCount, parameterShapes } from './model-shape.ts';
import type { RunSpec } from './run-spec.ts';

/** Exact size of a checkpoint blob: all parameters as little-endian float32, in the order of `parameterShapes`. */
export const checkpointBytes = (spec: RunSpec): number => 4 * parameterCount(spec.model);

export const encodeCheckpoint = (parameters: readonly Float32Array[]): Uint8Array =>
  concatBytes(...parameters.map(bytesOf));

/** @throws ProtocolError when the length is off; whether the values are right is the state root's business */
export function decodeCheckpoint(spec: RunSpec, blob: Uint8Array): readonly Float32Array[] {
  if (blob.length !== checkpointBytes(spec)) {
    throw new ProtocolError(`Checkpoint has ${blob.length} bytes instead of ${checkpointBytes(spec)}`);
  }
  let offset = 0;
  return parameterShapes(spec.model).map(({ shape }) => {
    const count = elementCount(shape);
    const parameter = float32At(blob, offset, count);
    offset += 4 * count;
    return parameter;
  });
}
