import { expect, test } from 'vitest';
import { newestReputation } from '#renderer/store/newest-reputation.ts';
import { record } from '../fixtures/states.ts';

test('is that of the newest rated round, whatever came after it', () => {
  const rounds = [record(1, { reputation: 10 }), record(2, { reputation: 12 }), record(3, { reputation: null })];
  expect(newestReputation({ rounds })).toBe(12);
});

test('is unknown before a round was rated', () => {
  expect(newestReputation({ rounds: [] })).toBeNull();
  expect(newestReputation({ rounds: [record(1, { reputation: null })] })).toBeNull();
});
