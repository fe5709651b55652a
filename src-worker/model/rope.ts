import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { concat, halve } from '#worker/graph/operators/pieces.ts';
import { constant, type Value } from '#worker/graph/value.ts';

/** What rotary positions multiply an activation and its swapped halves with: each of shape [positions, headSize]. */
export interface RotaryTable {
  /** Cosines, for both halves. */
  readonly cosine: Value;
  /** Sines, negative for the first half. */
  readonly sine: Value;
}

/**
 * Angles `position · theta^(−2i / headSize)`, rounded to float32 where PyTorch's float32 computation rounds.
 * They enter inner steps only, never anything that nodes must agree on bit by bit.
 */
export function rotaryTable(positions: number, headSize: number, theta: number): RotaryTable {
  const half = headSize / 2;
  const cosine = new Float32Array(positions * headSize);
  const sine = new Float32Array(positions * headSize);
  for (let pair = 0; pair < half; pair++) {
    const frequency = Math.fround(theta ** Math.fround((-2 * pair) / headSize));
    for (let position = 0; position < positions; position++) {
      const angle = Math.fround(position * frequency);
      const first = position * headSize + pair;
      cosine[first] = cosine[first + half] = Math.cos(angle);
      sine[first] = -Math.sin(angle);
      sine[first + half] = Math.sin(angle);
    }
  }
  return { cosine: constant(cosine, [positions, headSize]), sine: constant(sine, [positions, headSize]) };
}

/**
 * Turns the pairs (i, i + headSize/2) of the last axis by the angles of their position: the half-split layout of
 * Hugging Face, (a, b) → (a·cos − b·sin, b·cos + a·sin).
 */
export function rotate(x: Value, { cosine, sine }: RotaryTable): Value {
  const [a, b] = halve(x, -1);
  return add(multiply(x, cosine), multiply(concat([b, a], -1), sine));
}
