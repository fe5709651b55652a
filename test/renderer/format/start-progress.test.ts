import { expect, test } from 'vitest';
import { startProgress } from '#renderer/format/start-progress.ts';

const usual = { sinceMs: 1_000, durationMs: 30_000 };

test('a start shows the seconds that have passed, of those that it usually takes', () => {
  expect(startProgress(usual, 1_000)).toEqual({
    label: 'Starting',
    text: '0 s, usually done within 30 s',
    fraction: 0,
  });
  expect(startProgress(usual, 16_900)).toMatchObject({ text: '15 s, usually done within 30 s', fraction: 0.53 });
});

test('one that takes longer says so, and its bar is never full', () => {
  const late = startProgress(usual, 62_000);
  expect(late).toMatchObject({ label: expect.stringMatching(/longer than usual/) as string, text: '61 s so far' });
  expect(late.fraction).toBeLessThan(1);
  expect(startProgress(usual, 30_990).fraction).toBeLessThan(1);
});

test('a clock that was set back shows no time below zero', () => {
  expect(startProgress(usual, 0)).toMatchObject({ text: '0 s, usually done within 30 s', fraction: 0 });
});
