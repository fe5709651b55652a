import { uint32Bytes } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';

/**
 * Fills `values` as the generator of the PyTorch program does: normal numbers × exp(½ · a normal number for each chunk) × 1e-3.
 * The same for the same seed.
 */
export function fillPseudoGradients(values: Float32Array, seed: number, chunkSize: number): void {
  const normal = normalNumbers(seed);
  for (let start = 0; start < values.length; start += chunkSize) {
    const end = Math.min(values.length, start + chunkSize);
    const scale = Math.exp(0.5 * normal()) * 1e-3;
    for (let i = start; i < end; i += 1) values[i] = normal() * scale;
  }
}

/** Box and Muller's method: two at a time. */
function normalNumbers(seed: number): () => number {
  const random = randomStream(uint32Bytes(seed));
  const uniform = (): number => (random.nextUint32() + 0.5) / 2 ** 32;
  let spare = 0;
  let hasSpare = false;
  return () => {
    hasSpare = !hasSpare;
    if (!hasSpare) return spare;
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
