import { describe, expect, test } from 'vitest';
import { elementCount } from '#protocol/model-shape.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import { gradients } from '#worker/graph/gradients.ts';
import { multiply } from '#worker/graph/operators/arithmetic.ts';
import { reduceSum } from '#worker/graph/operators/reduction.ts';
import { input, type Shape, type Value } from '#worker/graph/value.ts';
import { attention, causalBlocks, causalMask } from '#worker/model/layers.ts';
import { rotaryTable } from '#worker/model/rope.ts';
import { loadGraph } from '../graph/run-graph.ts';

const heads = 4;
const headSize = 8;
const hidden = heads * headSize;

const numbers = (shape: Shape, salt: number): Float32Array =>
  Float32Array.from(integerHashes(elementCount(shape), salt), (hash) => hash / 2 ** 32 - 0.5);

/** The output and its gradients by the rows and the weights, under these masks. */
async function attend(length: number, kvHeads: number, masks: readonly Value[]): Promise<readonly Float32Array[]> {
  const named = (name: string, shape: Shape): Value => input(name, 'float32', shape);
  const x = named('x', [2 * length, hidden]);
  const weights = {
    query: named('query', [hidden, hidden]),
    key: named('key', [kvHeads * headSize, hidden]),
    value: named('value', [kvHeads * headSize, hidden]),
    output: named('output', [hidden, hidden]),
  };
  const shape = { batchSize: 2, length, heads, kvHeads, headSize };
  const out = attention(x, weights, shape, rotaryTable(length, headSize, 10_000), masks);
  const projection = named('projection', out.shape);
  const inputs = [x, ...Object.values(weights), projection];
  const found = gradients(reduceSum(multiply(out, projection), [0, 1], false), inputs.slice(0, -1));
  const graph = await loadGraph(inputs, Object.fromEntries([out, ...found].map((value, i) => [`y${i}`, value])));
  const results = await graph.run(inputs.map((value, index) => numbers(value.shape, index)));
  await graph.release();
  return Object.values(results) as Float32Array[];
}

describe.each([
  { length: 256, kvHeads: 4, blocks: 2 },
  { length: 257, kvHeads: 2, blocks: 3 },
  { length: 520, kvHeads: 1, blocks: 4 },
])('$length positions', ({ length, kvHeads, blocks }) => {
  const cut = causalBlocks(length);

  test('are cut into blocks that follow each other', () => {
    expect(cut).toHaveLength(blocks);
    expect(cut.flatMap(({ from, to }) => [from, to]).slice(1, -1)).toEqual(
      cut.slice(1).flatMap(({ from }) => [from, from]),
    );
    expect([cut[0]!.from, cut.at(-1)!.to]).toEqual([0, length]);
  });

  test('attend in blocks to what they attend to at once, with the same gradients', async () => {
    const masks = cut.map(({ from, to }) => causalMask(from, to));
    const inBlocks = await attend(length, kvHeads, masks);
    const atOnce = await attend(length, kvHeads, [causalMask(0, length)]);
    for (const [index, values] of inBlocks.entries()) {
      const others = atOnce[index]!;
      const largest = others.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i]!)), 0);
      expect(off / largest).toBeLessThan(2e-5);
    }
  });
});

test('a window of up to 128 positions is one block', () => {
  expect(causalBlocks(128)).toEqual([{ from: 0, to: 128 }]);
  expect(causalBlocks(1)).toEqual([{ from: 0, to: 1 }]);
});
