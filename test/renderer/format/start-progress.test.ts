import { expect, test } from 'vitest';
import { startProgress } from '#renderer/format/start-progress.ts';

const usual = { sinceMs: 1_000, durationMs: 30_000 };

test('a start shows the seconds that have passed, and within how many it is usually done', () => {
  expect(startProgress(usual, 1_000)).toEqual({ label: '0 s', text: 'usually within 30 s', fraction: 0 });
  expect(startProgress(usual, 16_900)).toMatchObject({ label: '15 s', fraction: 0.53 });
});

test('one that takes longer says so, and its bar is never full', () => {
  const late = startProgress(usual, 62_000);
  expect(late).toMatchObject({ label: 'Longer than usual', text: '61 s' });
  expect(late.fraction).toBeLessThan(1);
  expect(startProgress(usual, 30_990).fraction).toBeLessThan(1);
});

test('a clock that was set back shows no time below zero', () => {
  expect(startProgress(usual, 0)).toMatchObject({ label: '0 s', fraction: 0 });
});
