import { describe, expect, test } from 'vitest';
import { gradients } from '#worker/graph/gradients.ts';
import { apply, type Operator } from '#worker/graph/operator.ts';
import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { cast } from '#worker/graph/operators/cast.ts';
import { expand } from '#worker/graph/operators/layout.ts';
import { reduceMax, reduceSum } from '#worker/graph/operators/reduction.ts';
import { less, where } from '#worker/graph/operators/selection.ts';
import { round } from '#worker/graph/operators/unary.ts';
import { input, scalar } from '#worker/graph/value.ts';
import { loadGraph } from './run-graph.ts';

/** What each operator's own gradient is: see operators/operators.test.ts. */
describe('gradients', () => {
  test('of a value that is used three times add up', async () => {
    const [a, b] = [input('a', 'float64', [2]), input('b', 'float64', [])];
    const loss = reduceSum(add(multiply(a, b), multiply(b, add(a, b))), [0], false); // Σ (2ab + b²)
    const [byA, byB] = gradients(loss, [a, b]);
    const graph = await loadGraph([a, b], { byA: byA!, byB: byB! });
    expect(await graph.run([Float64Array.of(3, 5), Float64Array.of(7)])).toEqual({
      byA: Float64Array.of(14, 14),
      byB: Float64Array.of(2 * 3 + 2 * 7 + 2 * 5 + 2 * 7),
    });
    await graph.release();
  });

  test('are zeros where the loss does not depend on a value', async () => {
    const [x, unused] = [input('x', 'float32', [2]), input('unused', 'float32', [3])];
    const [byX, byUnused] = gradients(reduceSum(x, [0], false), [x, unused]);
    const graph = await loadGraph([x, unused], { byX: byX!, byUnused: byUnused! });
    expect(await graph.run([new Float32Array(2), new Float32Array(3)])).toEqual({
      byX: Float32Array.of(1, 1),
      byUnused: new Float32Array(3),
    });
    await graph.release();
  });

  test('flow around an operator that has none', async () => {
    const x = input('x', 'float32', [2]);
    const clipped = where(less(x, expand(scalar(1, 'float32'), [2])), x, expand(scalar(1, 'float32'), [2]));
    const [byX] = gradients(reduceSum(clipped, [0], false), [x]);
    const graph = await loadGraph([x], { byX: byX! });
    expect(await graph.run([Float32Array.of(0.5, 2)])).toEqual({ byX: Float32Array.of(1, 0) });
    await graph.release();
  });

  test('do not flow through integers', async () => {
    const x = input('x', 'float32', [2]);
    const kept = cast(cast(round(x), 'int8'), 'float32');
    const [byX] = gradients(reduceSum(multiply(kept, x), [0], false), [x]);
    const graph = await loadGraph([x], { byX: byX! });
    expect(await graph.run([Float32Array.of(2.6, -1.2)])).toEqual({ byX: Float32Array.of(3, -1) });
    await graph.release();
  });

  test('of elements that share a maximum share its gradient', async () => {
    const x = input('x', 'float64', [4]);
    const [byX] = gradients(reduceMax(x, [0], false), [x]);
    const graph = await loadGraph([x], { byX: byX! });
    expect(await graph.run([Float64Array.of(1, 3, 3, 2)])).toEqual({ byX: Float64Array.of(0, 0.5, 0.5, 0) });
    await graph.release();
  });

  test('are refused for a loss that is not a scalar, with its shape', () => {
    const x = input('x', 'float32', [2]);
    expect(() => gradients(x, [x])).toThrow('gradients: the loss has shape [2], not []');
  });

  test('of a wrong shape are refused with the name of the operator', () => {
    const wrong: Operator = {
      name: 'Wrong',
      infer: (inputs) => inputs,
      gradient: (_, [g]) => [reduceSum(g!, [0], false)],
    };
    const x = input('x', 'float32', [2]);
    expect(() => gradients(reduceSum(apply(wrong, [x]), [0], false), [x])).toThrow(
      'Wrong: its gradient has shape [] for an input of shape [2]',
    );
  });
});
