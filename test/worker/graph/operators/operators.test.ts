import { describe, expect, test } from 'vitest';
import { elementCount } from '#protocol/model-shape.ts';
import { apply, type Operator } from '#worker/graph/operator.ts';
import { multiply } from '#worker/graph/operators/arithmetic.ts';
import { constant, type Shape } from '#worker/graph/value.ts';
import { allOperators } from '../all-operators.ts';
import { checkCase, operatorOf } from './check-case.ts';
import { row, tensor, uniform, type OperatorCase, type Row } from './row.ts';
import { TABLE } from './table.ts';
import { at, tabulate } from './tensor.ts';

const LARGE = 65_535;

async function problemsOf({ cases, gradient }: Row): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const one of cases()) {
    for (const problem of await checkCase(one, gradient)) problems.push(`${one.label}: ${problem}`);
  }
  return problems;
}

describe('forward equals a float64 reference, the gradient central differences, on every shape:', () => {
  test.each(TABLE.map((row) => [row.title, row] as const))('%s', async (_, row) => {
    expect(await problemsOf(row)).toEqual([]);
  });
});

describe('the table', () => {
  const byOperator = new Map<Operator | null, OperatorCase[]>();
  for (const one of TABLE.flatMap((row) => row.cases())) {
    const operator = operatorOf(one);
    byOperator.set(operator, [...(byOperator.get(operator) ?? []), one]);
  }

  test('has a row for every operator that the graph code defines', async () => {
    const operators = await allOperators();
    const missing = [...operators].filter((operator) => !byOperator.has(operator));
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(operators.size).toBeGreaterThan(25);
  });

  test('has one element and more than 65,535 for every operator', () => {
    for (const [operator, itsCases] of byOperator) {
      const sizes = itsCases.flatMap(({ inputs, expected }) =>
        [...inputs, expected].map(({ shape }) => elementCount(shape)),
      );
      expect([operator?.name, Math.min(...sizes)]).toEqual([operator?.name, 1]);
      expect([operator?.name, Math.max(...sizes) > LARGE]).toEqual([operator?.name, true]);
    }
  });

  test('has titles of which each is another, because seeds follow from them', () => {
    expect(new Set(TABLE.map(({ title }) => title)).size).toBe(TABLE.length);
  });
});

/** An Exp whose gradient is multiplied by `factor`, in the last element of a large tensor alone if `inOne`. */
function faultyRow(factor: number, reference: (x: number) => number, inOne = false): Row {
  const operator: Operator = {
    name: 'Exp',
    infer: (inputs) => inputs,
    gradient: (node, [g]) => {
      const [out] = node.outputs;
      const factors = new Float64Array(elementCount(out!.shape)).fill(inOne ? 1 : factor);
      factors[factors.length - 1] = factor;
      return [multiply(multiply(g!, out!), constant(factors, out!.shape))];
    },
  };
  return row<{ readonly shape: Shape }>('an exponential', {
    edges: [{ shape: [3] }, { shape: [65_537] }],
    random: (source) => ({ shape: source.shape() }),
    inputs: ({ shape }, source) => [tensor(shape, uniform, source)],
    build: () => (x) => apply(operator, [x]),
    reference: () => (x) => tabulate(x.shape, (index) => reference(at(x, index))),
  });
}

describe('the check', () => {
  test('finds nothing wrong with what is right', async () => {
    expect(await problemsOf(faultyRow(1, Math.exp))).toEqual([]);
  });

  test('finds a gradient that is wrong by a millionth in every case, and says in which', async () => {
    const problems = await problemsOf(faultyRow(1 + 1e-6, Math.exp));
    expect(problems).toHaveLength(10);
    expect(problems[0]).toBe(
      'an exponential (seed \'an exponential/0\') of {"shape":[3]}: the gradient of input 0 is off by 1.0e-6',
    );
  });

  test('finds a gradient that is wrong by a thousandth in one of 65,537 elements', async () => {
    const problems = await problemsOf(faultyRow(1 + 1e-3, Math.exp, true));
    expect(problems[1]).toMatch(/65537.*gradient of input 0 is off/);
  });

  test('finds a forward result that is wrong in the eleventh digit', async () => {
    const problems = await problemsOf(faultyRow(1, (x) => Math.exp(x) * (1 + 1e-11)));
    expect(problems).toHaveLength(10);
    expect(problems[0]).toContain('element 0 is ');
  });
});
