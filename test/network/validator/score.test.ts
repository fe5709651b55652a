import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import { chainWeights, type Evaluation, type Rating, rateUpdates, scoresOfMembers } from '#network/validator/score.ts';
import { testKey } from '../../support/small-run.ts';

const [anna, ben, cleo] = [hotkeyOf(testKey(1)), hotkeyOf(testKey(2)), hotkeyOf(testKey(3))];

/** Losses fall from 4 by these shares of it. */
const evaluation = (hotkey: Evaluation['hotkey'], random: number, assigned = random): Evaluation => ({
  ...{ hotkey, randomBefore: 4, randomAfter: 4 - 4 * random, assignedBefore: 4, assignedAfter: 4 - 4 * assigned },
});
const none = new Map();

describe('a round of updates', () => {
  it('gives 100 to the best, to the others their share of its gain', () => {
    const ratings = rateUpdates([evaluation(anna, 0.02), evaluation(ben, 0.04, 0.05), evaluation(cleo, 0)], none);
    expect(ratings).toEqual([
      {
        ...{ hotkey: anna, score: 50, merge: true },
        reason: 'Loss on unseen text down 2.00 % (best 4.00 %), on its assigned text 2.00 %',
      },
      {
        ...{ hotkey: ben, score: 100, merge: true },
        reason: 'Loss on unseen text down 4.00 % (best 4.00 %), on its assigned text 5.00 %',
      },
      {
        ...{ hotkey: cleo, score: 0, merge: true },
        reason: 'Loss on unseen text down 0.00 % (best 4.00 %), on its assigned text 0.00 %',
      },
    ]);
  });

  it('weighs the fall of the loss against the loss, not in nats', () => {
    const fromFour = { hotkey: anna, randomBefore: 4, randomAfter: 3.75, assignedBefore: 4, assignedAfter: 3.75 };
    const fromTwo = { hotkey: ben, randomBefore: 2, randomAfter: 1.75, assignedBefore: 2, assignedAfter: 1.75 };
    expect(rateUpdates([fromFour, fromTwo], none).map(({ score }) => score)).toEqual([50, 100]);
  });

  it.each([
    ['harms more than noise could', evaluation(ben, -0.006), 'Loss on unseen text up 0.60 % (best 4.00 %): not merged'],
    [
      'is at the limit of harm',
      { ...evaluation(ben, 0), randomBefore: 1000, randomAfter: 1005 },
      'Loss on unseen text up 0.50 % (best 4.00 %): not merged',
    ],
    [
      'helps on its assigned text but harms elsewhere',
      evaluation(ben, -0.5, 0.5),
      'Loss on unseen text up 50.00 % (best 4.00 %): not merged',
    ],
    [
      'makes the loss NaN',
      { ...evaluation(ben, 0.1), randomAfter: NaN },
      'Loss on unseen text up 100.00 % (best 4.00 %): not merged',
    ],
    [
      'makes the loss infinite',
      { ...evaluation(ben, 0.1), randomAfter: Infinity },
      'Loss on unseen text up 100.00 % (best 4.00 %): not merged',
    ],
    [
      'makes every loss NaN',
      { ...evaluation(ben, 0.1), randomAfter: NaN, assignedAfter: NaN },
      'Loss on unseen text up 100.00 % (best 4.00 %): not merged',
    ],
  ])('does not merge what %s, and scores the others as if it were not there', (_, bad, reason) => {
    const good = evaluation(anna, 0.04);
    expect(rateUpdates([bad, good], none)).toEqual([
      { hotkey: ben, score: 0, merge: false, reason },
      ...rateUpdates([good], none),
    ]);
  });

  it.each([
    // random, assigned gain of one update next to one that gains 0.04 → score
    ['keeps the score of who gained half as much on the assigned text', 0.02, 0.01, 50],
    ['halves the score of who gained less than that', 0.02, 0.0099, 25],
    ['halves the score of who lost there', 0.02, -0.01, 25],
    ['halves the score of who is best, too', 0.04, 0.01, 50],
  ])('%s', (_, random, assigned, score) => {
    const [rating] = rateUpdates([evaluation(anna, random, assigned), evaluation(ben, 0.04)], none);
    expect(rating).toMatchObject({ hotkey: anna, score, merge: true });
    expect(rating!.reason.endsWith('was it used?')).toBe(score < (100 * random) / 0.04);
  });

  it('says what the assigned text gained when it seems unused', () => {
    const [rating] = rateUpdates([evaluation(anna, 0.02, 0.005)], none);
    expect(rating!.reason).toBe(
      'Loss on unseen text down 2.00 % (best 2.00 %), but on its assigned text only 0.50 %: was it used?',
    );
  });

  it('merges updates that are as good as noise, without a score, when nobody improves', () => {
    const ratings = rateUpdates([evaluation(anna, -0.001), evaluation(ben, -0.004), evaluation(cleo, -0.01)], none);
    expect(ratings.map(({ score, merge }) => [score, merge])).toEqual([
      [0, true],
      [0, true],
      [0, false],
    ]);
    expect(ratings[0]!.reason).toContain('Loss on unseen text up 0.10 % (best 0.00 %)');
  });

  it.each([
    // the round is worth 50 and counts 30 %
    ['pulls a higher score down', 100, 85],
    ['pulls a lower score up', 0, 15],
    ['leaves an equal score', 50, 50],
    ['is rounded to a tenth', 33.3, 38.3],
  ])('%s', (_, before, score) => {
    const ratings = rateUpdates([evaluation(anna, 0.02), evaluation(ben, 0.04)], new Map([[anna, before]]));
    expect(ratings.map((rating) => [rating.hotkey, rating.score])).toEqual([
      [anna, score],
      [ben, 100],
    ]);
  });

  it('takes a quarter from the score of who sent nothing', () => {
    const previous = new Map([
      [cleo, 80],
      [anna, 100],
    ]);
    const [present, absent, ...rest] = rateUpdates([evaluation(anna, 0.02)], previous);
    expect([present!.hotkey, present!.score, rest]).toEqual([anna, 100, []]);
    expect(absent).toEqual({ hotkey: cleo, score: 60, merge: false, reason: 'No update arrived in time' });
  });

  it('may be empty: then all are absent', () => {
    expect(rateUpdates([], none)).toEqual([]);
    expect(rateUpdates([], new Map([[anna, 10]])).map(({ score, merge }) => [score, merge])).toEqual([[7.5, false]]);
  });
});

describe('scores of earlier rounds', () => {
  const scores = new Map([
    [anna, 90],
    [ben, 60],
    [cleo, 30],
  ]);

  it('count for who has been a member since, and not for who left or was registered anew', () => {
    const registered = new Map([
      [anna, 100],
      [ben, 101],
    ]);
    expect(scoresOfMembers(scores, registered, 100)).toEqual(new Map([[anna, 90]]));
  });

  it('that a worker has missed before it came are held against nobody: its first update alone counts', () => {
    const before = scoresOfMembers(scores, new Map([[ben, 101]]), 100);
    expect(rateUpdates([evaluation(ben, 0.04)], before)).toMatchObject([{ hotkey: ben, score: 100 }]);
  });
});

describe('the weights on chain', () => {
  const rated = (hotkey: Rating['hotkey'], score: number): Rating => ({ hotkey, score, reason: '', merge: true });

  it.each([
    ['are nothing of nobody', [], []],
    ['are nothing when nobody has a score', [rated(anna, 0), rated(ben, 0)], []],
    ['are the most for one alone, whatever the score', [rated(anna, 3)], [[anna, 65_535]]],
    [
      'are proportional to the scores, in full for the best',
      [rated(anna, 20), rated(ben, 80), rated(cleo, 40)],
      [
        [anna, 16_384],
        [ben, 65_535],
        [cleo, 32_768],
      ],
    ],
    ['leave out who has no score', [rated(anna, 0), rated(ben, 50)], [[ben, 65_535]]],
  ])('%s', (_, ratings, weights) => {
    expect([...chainWeights(ratings)]).toEqual(weights);
  });
});
