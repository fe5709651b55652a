import { describe, expect, it } from 'vitest';
import { roundReason } from '#renderer/format/round-words.ts';

const round = { score: null, scoreReason: null, stateRoot: 'a'.repeat(64), rewardRao: null };

describe('roundReason', () => {
  it('is the validator’s reason where there is a score', () => {
    expect(roundReason({ ...round, score: 80, scoreReason: 'It helped.' })).toBe('It helped.');
    expect(roundReason({ ...round, score: 80 })).toBe('');
  });

  it('says of a round with a result that its score is still to come, or why there is none', () => {
    expect(roundReason(round)).toBe('The validator has not scored it yet.');
    expect(roundReason({ ...round, scoreReason: 'Not measured' })).toBe('Not measured');
  });

  it.each([
    ['400', /^Skipped\. Paid all the same: .* newest weights/],
    ['0', /^Skipped\. Nothing was paid in it: .* newest weights/],
    [null, /^Skipped\. Pay may still come: .* newest weights/],
  ])('says of a round without a result what the pay of %s rao goes by', (rewardRao, words) => {
    expect(roundReason({ ...round, stateRoot: null, scoreReason: 'Skipped', rewardRao })).toMatch(words);
  });

  it('does not name a reason that it does not know', () => {
    expect(roundReason({ ...round, stateRoot: null, rewardRao: '7' })).toMatch(
      /^No result of this round was found\. Paid/,
    );
  });
});
