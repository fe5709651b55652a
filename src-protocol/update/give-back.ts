import type { RunSpec } from '../run-spec.ts';
import { decodePart } from './part-reader.ts';
import { sparseFor } from './sparse-tensor.ts';

/** Adds what a part sent to its error buffer again, so that it is sent later. @param error of the part, changed in place */
export function giveBackPart(spec: RunSpec['update'], bytes: Uint8Array, error: Float32Array): void {
  const sent = sparseFor(error.length, spec);
  decodePart(bytes, error.length, spec, sent, 0, 0);
  for (const [i, index] of sent.indices.entries()) error[index] = (error[index] ?? 0) + (sent.values[i] ?? 0);
}
