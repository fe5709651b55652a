import { chunksOf, type UpdateSpec } from './chunks.ts';

/**
 * Indices of the `keep` largest magnitudes of every chunk, ascending. Equal magnitudes: the lower index wins, so that the
 * same input gives the same bytes on every machine.
 */
export function topKIndices(values: Float32Array, spec: UpdateSpec): Uint32Array {
  const chunks = chunksOf(values.length, spec);
  const indices = new Uint32Array(chunks.reduce((sum, chunk) => sum + chunk.keep, 0));
  const scratch = new Float32Array(Math.min(spec.chunkSize, values.length));
  let written = 0;
  for (const { start, length, keep } of chunks) {
    const magnitudes = scratch.subarray(0, length);
    for (let i = 0; i < length; i += 1) magnitudes[i] = Math.abs(values[start + i] ?? 0);
    magnitudes.sort();
    const threshold = magnitudes[length - keep] ?? 0;
    let above = 0;
    for (let i = length - keep; i < length; i += 1) if ((magnitudes[i] ?? 0) > threshold) above += 1;
    let ties = keep - above;
    for (let i = 0; i < length; i += 1) {
      const magnitude = Math.abs(values[start + i] ?? 0);
      if (magnitude > threshold || (magnitude === threshold && ties-- > 0)) {
        indices[written] = start + i;
        written += 1;
      }
    }
  }
  return indices;
}
