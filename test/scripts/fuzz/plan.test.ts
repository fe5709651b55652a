import { expect, it } from 'vitest';
import { planFuzz } from '../../../scripts/fuzz/plan.ts';

const targets = [
  { name: 'a', share: 3, capBytes: 10 },
  { name: 'b', share: 1, capBytes: 20 },
];

it('shares two millions out among the targets when nothing is said', () => {
  expect(planFuzz({}, targets)).toEqual([
    { target: 'a', seed: 1, first: 0, inputs: 1_500_000, capBytes: 10 },
    { target: 'b', seed: 1, first: 0, inputs: 500_000, capBytes: 20 },
  ]);
});

it('gives all to the target that is named', () => {
  expect(planFuzz({ target: 'b', inputs: '1', seed: '7', first: '123' }, targets)).toEqual([
    { target: 'b', seed: 7, first: 123, inputs: 1, capBytes: 20 },
  ]);
});

it('never leaves a target without an input', () => {
  expect(planFuzz({ inputs: '1' }, targets).map(({ inputs }) => inputs)).toEqual([1, 1]);
});

it.each([
  [{ target: 'c' }, '--target is one of: a, b'],
  [{ inputs: '0' }, '--inputs is at least 1'],
  [{ inputs: '1e6' }, '--inputs is a whole number'],
  [{ seed: '-1' }, '--seed is a whole number'],
  [{ first: '4294967296' }, '--first is a whole number'],
])('refuses %j', (given, message) => {
  expect(() => planFuzz(given, targets)).toThrow(message);
});
