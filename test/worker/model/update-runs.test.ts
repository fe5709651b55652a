import { expect, test } from 'vitest';
import { updateRuns } from '#worker/model/update-runs.ts';

const tensors = [3, 5, 4, 20, 1, 1].map((count) => ({ shape: [count] }));
const counts = (limitBytes: number): readonly (readonly number[])[] =>
  updateRuns(tensors, limitBytes).map((run) => run.map(({ shape: [count = 0] }) => count));

test('updates run as many tensors at once as the limit allows, in order, and each once', () => {
  expect(counts(4 * 8)).toEqual([[3, 5], [4], [20], [1, 1]]);
  expect(counts(4 * 34)).toEqual([[3, 5, 4, 20, 1, 1]]);
});

test('a tensor above the limit is a run of its own', () => {
  expect(counts(1)).toEqual([[3], [5], [4], [20], [1], [1]]);
});

test('without a tensor there is no run', () => {
  expect(updateRuns([])).toEqual([]);
});
