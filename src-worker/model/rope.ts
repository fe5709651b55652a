import { constant, type Value } from '#worker/graph/value.ts';
import { add, multiply, subtract } from '#worker/graph/operators/arithmetic.ts';
import { concat, halve } from '#worker/graph/operators/pieces.ts';

/** Cosine and sine of the rotary angles, each of shape [positions, headSize / 2]. */
export interface RotaryTable {
  readonly cosine: Value;
  readonly sine: Value;
}

/**
 * Angles `position · theta^(−2i / headSize)`, rounded to float32 where PyTorch's float32 computation rounds.
 * They enter inner steps only, never anything that nodes must agree on bit by bit.
 */
export function rotaryTable(positions: number, headSize: number, theta: number): RotaryTable {
  const half = headSize / 2;
  const cosine = new Float32Array(positions * half);
  const sine = new Float32Array(positions * half);
  for (let pair = 0; pair < half; pair++) {
    const frequency = Math.fround(theta ** Math.fround((-2 * pair) / headSize));
    for (let position = 0; position < positions; position++) {
      const angle = Math.fround(position * frequency);
      cosine[position * half + pair] = Math.cos(angle);
      sine[position * half + pair] = Math.sin(angle);
    }
  }
  return { cosine: constant(cosine, [positions, half]), sine: constant(sine, [positions, half]) };
}

/** Turns the pairs (i, i + headSize/2) of the last axis by the angles of their position: the half-split layout of Hugging Face. */
export function rotate(x: Value, { cosine, sine }: RotaryTable): Value {
  const [a, b] = halve(x, -1);
  return concat([subtract(multiply(a, cosine), multiply(b, sine)), add(multiply(b, cosine), multiply(a, sine))], -1);
}
