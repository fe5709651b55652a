import { expect, test } from 'vitest';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { float16Bits } from '#worker/graph/float16.ts';
import { add } from '#worker/graph/operators/arithmetic.ts';
import { cast } from '#worker/graph/operators/cast.ts';
import { constant, input, scalar } from '#worker/graph/value.ts';
import { loadGraph } from './run-graph.ts';

/** Numbers of every size on, between and halfway between neighbours of half precision, and the ends. */
function hardNumbers(): Float32Array {
  const out: number[] = [0, -0, 65_504, 65_519, 65_520, 1e6, 2 ** -25, 2 ** -24, 1.5 * 2 ** -24, 1e-10];
  for (let exponent = -24; exponent <= 15; exponent++) {
    for (const steps of [0, 1, 2, 3, 511, 512, 1022, 1023]) {
      const ulp = 2 ** Math.max(exponent - 10, -24);
      for (const part of [0, 0.49, 0.5, 0.51]) out.push(2 ** exponent + (steps + part) * ulp);
    }
  }
  return Float32Array.from(out.flatMap((value) => [value, -value]));
}

test('half precision is rounded as onnxruntime rounds it', async () => {
  const numbers = Float32Array.from([...hardNumbers(), ...hashedFloats(70_000, 11, 4)]);
  const x = input('x', 'float32', [numbers.length]);
  const graph = await loadGraph([x], { y: cast(x, 'float16') });
  const { y } = await graph.run([numbers]);
  await graph.release();
  const bits = new Uint16Array(y!.buffer, y!.byteOffset, y!.length);
  const wrong = [...numbers].filter((value, index) => float16Bits(value) !== bits[index]);
  expect(wrong).toEqual([]);
});

test('what is no number has no number in half precision', () => {
  expect([NaN, Infinity, -Infinity].map(float16Bits)).toEqual([0x7e00, 0x7c00, 0xfc00]);
});

test('constants of half precision come into a graph as numbers', async () => {
  const half = constant(Uint16Array.of(0x3c00, 0xc000), [2]); // 1 and −2
  const graph = await loadGraph([], { y: cast(add(half, scalar(0.5, 'float16')), 'float32') });
  expect(await graph.run([])).toEqual({ y: Float32Array.of(1.5, -1.5) });
  await graph.release();
});
