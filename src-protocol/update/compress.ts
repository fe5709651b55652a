import { MillraceError } from '../errors.ts';
import type { RunSpec } from '../run-spec.ts';
import { PartEncoder } from './part-encoder.ts';
import { longestPartLength, partsOf } from './parts.ts';
import { MAX_LEVEL } from './quantiser.ts';

/**
 * Compresses one round's difference with error feedback, part by part. `errors` (one array for each tensor) is changed in place
 * and then holds what was not sent.
 *
 * @param differences Δ = θ_start − θ_local for each tensor
 * @returns the bytes of each part, in the order of `partsOf`
 * @throws MillraceError ENGINE when training gave a number that cannot be sent; `errors` is then unchanged
 */
export function compressUpdate(
  spec: RunSpec['update'],
  differences: readonly Float32Array[],
  errors: readonly Float32Array[],
): readonly Uint8Array[] {
  for (const [tensor, difference] of differences.entries()) checkDifference(difference, tensor);
  const sizes = errors.map(({ length }) => length);
  const encoder = new PartEncoder(spec, Math.min(Math.max(0, ...sizes), longestPartLength(spec)));
  return partsOf(sizes, spec).map(({ tensor, start, length }) => {
    const [difference, error] = [differences[tensor], errors[tensor]].map((array) =>
      array?.subarray(start, start + length),
    );
    if (difference === undefined || error === undefined) throw new RangeError(`Tensor ${tensor} is missing`);
    return encoder.encode(difference, error);
  });
}

/** @throws MillraceError ENGINE when a value is not finite, or larger than any level may be */
export function checkDifference(difference: Float32Array, tensor: number): void {
  const wrong = firstAbove(difference, MAX_LEVEL);
  if (wrong === difference.length) return;
  const value = difference[wrong] ?? 0;
  const what = Number.isFinite(value) ? `a step of ${value}` : 'a number that is not finite';
  throw new MillraceError('ENGINE', `Training gave ${what} in tensor ${tensor}`);
}

/** The place of the first value that is not within ±`most`, NaN among them. A loop that throws would take three times as long. */
function firstAbove(values: Float32Array, most: number): number {
  const { length } = values;
  let i = 0;
  while (i < length && Math.abs(values[i] ?? 0) <= most) i += 1;
  return i;
}
