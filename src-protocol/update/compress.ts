import { MillraceError } from '../errors.ts';
import type { RunSpec } from '../run-spec.ts';
import { LEVELS, quantise } from './quantiser.ts';
import { topKIndices } from './top-k.ts';
import type { EncodedTensor } from './update-blob.ts';

/**
 * Compresses one round's difference with error feedback (SparseLoCo): e ← decay·e + Δ; send c = Q(TopK(e)); e ← e − c.
 * `errors` (one array for each tensor) is changed in place and holds what was not sent.
 *
 * @param differences Δ = θ_start − θ_local for each tensor
 * @throws MillraceError ENGINE when training produced a number that is not finite; `errors` is then unchanged
 */
export function compressUpdate(
  spec: RunSpec['update'],
  differences: readonly Float32Array[],
  errors: readonly Float32Array[],
): readonly EncodedTensor[] {
  for (const [tensor, difference] of differences.entries()) {
    if (!difference.every(Number.isFinite)) {
      throw new MillraceError('ENGINE', `Training gave a number that is not finite in tensor ${tensor}`);
    }
  }
  return differences.map((difference, tensor) => {
    const error = errors[tensor] ?? new Float32Array(difference.length);
    for (let i = 0; i < error.length; i += 1) error[i] = spec.errorDecay * (error[i] ?? 0) + (difference[i] ?? 0);
    const indices = topKIndices(error, spec);
    const { levels, codes } = quantise(Float32Array.from(indices, (index) => error[index] ?? 0));
    for (const [i, index] of indices.entries()) {
      error[index] = (error[index] ?? 0) - (levels[(codes[i] ?? 0) % LEVELS] ?? 0);
    }
    return { indices, levels, codes };
  });
}
