import { describe, expect, it } from 'vitest';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { EMPTY_BOOK, newcomer } from '#protocol/score/standing.ts';
import { anna, ben, cleo, gains, update, trusted, bookOf, rate, repeat } from './rate-round-scene.ts';

describe('an update longer than usual', () => {
  it('is worth no more when it is made longer, and its owner is told so', () => {
    const { of } = repeat(
      EMPTY_BOOK,
      [update(anna, gains(0.05), { timesUsualLength: 5 }), update(ben, gains(0.01)), update(cleo, gains(0.005))],
      5,
    );
    expect(of(anna).score).toBeCloseTo(of(ben).score, 6);
    expect(of(anna).reason).toContain(
      'down 1.00 % at the usual length (it has 5.0 times that) (best 1.00 %), own text',
    );
  });

  it('earns more than one that is short and gains less', () => {
    const { of } = repeat(
      EMPTY_BOOK,
      [update(anna, gains(0.005), { timesUsualLength: 0.5 }), update(ben, gains(0.01))],
      5,
    );
    expect(of(ben).score).toBeGreaterThan(of(anna).score);
  });

  it('does all its harm, however long it is', () => {
    const { of } = rate(bookOf([anna, {}]), [update(anna, gains(-0.01), { timesUsualLength: 5 })]);
    expect(of(anna).reason).toContain('Loss on unseen text up 1.00 %, own');
  });
});

describe('an update that goes farther than inner steps can', () => {
  const tooFar = update(anna, null, { isTooFar: true });

  it('pays a newcomer nothing in its first round, whatever it seemed to gain', () => {
    const first = update(anna, gains(0.2), { isTooFar: true });
    const { of, standing } = rate(EMPTY_BOOK, [first, update(ben, gains(0.02)), update(cleo, gains(0.01))]);
    expect(of(anna)).toMatchObject({ score: 0, reputation: 0, merge: false, isLeftOut: false });
    expect(of(anna).reason).toMatch('not merged: larger than the inner steps of the run can make it');
    expect(standing(anna)).toMatchObject({
      payout: 0,
      heldBack: 0,
      evaluations: 0,
      trust: newcomer(DEFAULT_SCORING).trust,
    });
    expect(standing(ben).payout).toBeGreaterThan(0);
  });

  it('changes nothing for the others', () => {
    const others = [update(ben, gains(0.02)), update(cleo, gains(0.01))];
    const [beside, alone] = [rate(EMPTY_BOOK, [tooFar, ...others]), rate(EMPTY_BOOK, others)];
    for (const hotkey of [ben, cleo]) expect(beside.standing(hotkey)).toEqual(alone.standing(hotkey));
  });

  it('costs a trusted worker the pay of the round, no reputation, and after three in a row its trust', () => {
    const book = bookOf([anna, {}], [ben, {}]);
    const once = rate(book, [tooFar, update(ben, gains(0.02))]);
    expect(once.of(anna)).toMatchObject({ score: 0, reputation: 50, merge: false });
    expect(once.standing(anna)).toMatchObject({ trust: { kind: 'trusted' }, negativeStreak: 1, skill: trusted.skill });
    const thrice = repeat(book, [tooFar, update(ben, gains(0.02))], 3);
    expect(thrice.standing(anna)).toMatchObject({ trust: { kind: 'barred', why: 'harm' }, reputation: 50 });
    // Nothing comes into the pool of what it had earned before.
    expect(thrice.standing(anna).heldBack).toBeCloseTo(100 * (1 - 1 / DEFAULT_SCORING.vestingRounds) ** 3, 9);
  });

  it('is no step on the way back of who is barred', () => {
    const barred = bookOf([anna, { trust: { kind: 'barred', why: 'poison', good: 9 }, heldBack: 0, reputation: 0 }]);
    expect(rate(barred, [tooFar]).standing(anna).trust).toEqual({ kind: 'barred', why: 'poison', good: 0 });
  });
});
