import { describe, expect, it } from 'vitest';
import type { Hotkey } from '#protocol/ids.ts';
import type { Observation } from '#protocol/score/observation.ts';
import { rewardWeights } from '#protocol/score/reward-weights.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { bookOfMembers, EMPTY_BOOK, newcomer, type ScoreBook } from '#protocol/score/standing.ts';
import { anna, ben, cleo, gains, update, refused, trusted, bookOf, rate, repeat } from './rate-round-scene.ts';

describe('a good update', () => {
  it('of a newcomer that is alone has the full score at once, and merges by half', () => {
    const { of, standing } = rate(EMPTY_BOOK, [update(anna, gains(0.01))]);
    expect(of(anna)).toMatchObject({ score: 100, merge: true, mergeShare: 0.5 });
    expect(of(anna).reason).toBe(
      'Loss on unseen text down 1.00 % (best 1.00 %), own text 1.20 %; merged at 50 %. Score 0.0 → 100.0. ' +
        'Reputation 0.0 → 0.1. Quarantine: 1 of 3 good evaluations',
    );
    expect(standing(anna)).toMatchObject({ evaluations: 1, lastEvaluated: 7, uptime: 1, agreement: 1 });
  });

  it('is trusted after three', () => {
    const { of, standing } = repeat(EMPTY_BOOK, [update(anna, gains(0.01))], 3);
    expect(standing(anna).trust).toEqual({ kind: 'trusted' });
    expect(of(anna).reason).toContain('Trusted from now on');
    expect(rate(repeat(EMPTY_BOOK, [update(anna, gains(0.01))], 3).book, [update(anna, null)]).of(anna)).toMatchObject({
      merge: true,
      mergeShare: 1,
    });
  });

  it('brings the better worker the higher score', () => {
    const { of } = repeat(EMPTY_BOOK, [update(anna, gains(0.02)), update(ben, gains(0.01)), update(cleo, gains(0))], 5);
    expect(of(anna).score).toBe(100);
    expect(of(ben).score).toBeGreaterThan(20);
    expect(of(ben).score).toBeLessThan(80);
    expect(of(cleo).score, 'as good as nothing').toBe(0);
  });

  it('from a state before says so', () => {
    const { of } = rate(bookOf([anna, {}]), [update(anna, gains(0.01), { staleness: 2 })]);
    expect(of(anna)).toMatchObject({ merge: true, mergeShare: 1 });
    expect(of(anna).reason).toContain('; merged at a lower weight (made from a state 2 steps old). Score');
  });

  it('counts less when the own text gains no more than other text, as soon as that is no accident', () => {
    const unused = (rounds: number) => repeat(EMPTY_BOOK, [update(anna, gains(0.01, 0.009, -0.5))], rounds).of(anna);
    expect(unused(1).score).toBeGreaterThan(60);
    expect(unused(12).score).toBe(0);
    expect(unused(12).reason).toContain('Score 0.0. Reputation');
    expect(unused(12).reason, 'the one thing that its owner wants to know').toContain('Counts: own data 0 %');
  });

  it('is paid in full where nothing shows whether the own text was used, however long that lasts', () => {
    expect(repeat(EMPTY_BOOK, [update(anna, gains(0.01, 0.009, null))], 50).of(anna).score).toBe(100);
  });
});

describe('an update that was not evaluated', () => {
  it.each([
    ['of a trusted worker merges', {}, true],
    ['of a worker in quarantine does not', { trust: { kind: 'quarantine', good: 2 } } as const, false],
    ['of one whose last evaluation was bad does not', { negativeStreak: 1 }, false],
    ['of one that is barred does not', { trust: { kind: 'barred', why: 'harm', good: 0 } } as const, false],
  ])('%s', (_, more, merge) => {
    const { of, standing } = rate(bookOf([anna, more]), [update(anna, null)]);
    expect(of(anna).merge).toBe(merge);
    expect(standing(anna).reputation > 50, 'nor does its reputation grow').toBe(merge);
    expect(standing(anna).skill).toEqual(trusted.skill);
  });
});

describe('harm', () => {
  it.each([
    ['within the noise merges', -0.004, true, 'trusted'],
    ['beyond the noise does not', -0.006, false, 'trusted'],
    ['that may be poison does not, and its worker has to show again what it can', -0.03, false, 'quarantine'],
    ['beyond every mishap is poison at once', -0.3, false, 'barred'],
    ['that makes the loss no number is poison at once', NaN, false, 'barred'],
  ])('%s', (_, gain, merge, kind) => {
    const { of, standing } = rate(bookOf([anna, {}]), [update(anna, gains(gain))]);
    expect(of(anna).merge).toBe(merge);
    expect(standing(anna).trust.kind).toBe(kind);
    expect(standing(anna).heldBack > 0).toBe(kind !== 'barred');
    expect(standing(anna).reputation).toBe(kind === 'barred' ? 0 : 50);
  });

  it('that may be poison is proven by a second time', () => {
    const { of, standing } = repeat(bookOf([anna, {}]), [update(anna, gains(-0.03))], 2);
    expect(of(anna)).toMatchObject({ score: 0, reputation: 0, merge: false });
    expect(of(anna).reason).toContain('Barred, what was held back is forfeited: 0 of 10 good evaluations in a row');
    expect(standing(anna)).toMatchObject({ heldBack: 0, trust: { kind: 'barred', why: 'poison', good: 0 } });
  });

  it('is nobody else’s merit', () => {
    const good = [update(anna, gains(0.01)), update(ben, gains(0.005))];
    const book = bookOf([anna, {}], [ben, {}], [cleo, {}]);
    const [with_, without] = [rate(book, [...good, update(cleo, gains(-0.3))]), rate(book, good)];
    expect([with_.standing(anna).skill, with_.standing(ben).skill]).toEqual([
      without.standing(anna).skill,
      without.standing(ben).skill,
    ]);
    expect(with_.standing(cleo).skill.mu).toBeLessThan(trusted.skill.mu);
  });

  it('in a round that went wrong for most moves neither trust nor reputation', () => {
    const hotkeys = ['a', 'b', 'c', 'd', 'e'] as Hotkey[];
    const book = bookOf(...hotkeys.map((hotkey) => [hotkey, { negativeStreak: 2 }] as const));
    const { of, standing } = rate(
      book,
      hotkeys.map((hotkey) => update(hotkey, gains(-0.03))),
    );
    for (const hotkey of hotkeys) {
      expect(standing(hotkey)).toMatchObject({ trust: { kind: 'trusted' }, reputation: 50, negativeStreak: 2 });
      expect(of(hotkey).merge, 'though nothing of it is merged').toBe(false);
    }
  });

  it('of many that are barred does not make a round one that went wrong', () => {
    const hotkeys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] as Hotkey[];
    const barred = { trust: { kind: 'barred', why: 'poison', good: 3 } } as const;
    const book = bookOf(...hotkeys.map((hotkey, n) => [hotkey, n < 6 ? barred : {}] as const));
    const observations = hotkeys.map((hotkey, n) => update(hotkey, gains(n < 6 ? -0.004 : 0.01)));
    expect(rate(book, observations).standing(hotkeys[0]!).trust).toEqual({ ...barred.trust, good: 0 });
  });

  it('of one against a majority that does well is its own', () => {
    const hotkeys = ['a', 'b', 'c', 'd', 'e'] as Hotkey[];
    const { standing } = rate(
      EMPTY_BOOK,
      hotkeys.map((hotkey, n) => update(hotkey, gains(n < 2 ? -0.3 : 0.01))),
    );
    expect(hotkeys.map((hotkey) => standing(hotkey).trust.kind)).toEqual([
      ...['barred', 'barred', 'quarantine', 'quarantine', 'quarantine'],
    ]);
  });

  it('a little, three times in a row, bars until there is a gain', () => {
    const bad = [update(anna, gains(-0.001))];
    const before = repeat(bookOf([anna, {}]), bad, 2);
    expect(before.of(anna).merge).toBe(true);
    const third = rate(before.book, bad);
    expect(third.standing(anna).trust).toEqual({ kind: 'barred', why: 'harm', good: 0 });
    expect(third.standing(anna).reputation, 'which may be bad luck').toBe(50);
    const fourth = rate(third.book, bad);
    expect(fourth.of(anna).merge).toBe(false);
    const good = rate(fourth.book, [update(anna, gains(0.01))]);
    expect(good.of(anna).merge).toBe(false);
    expect(good.standing(anna).trust).toEqual({ kind: 'quarantine', good: 0 });
  });
});

describe('a poisoner', () => {
  const barred = repeat(bookOf([anna, {}]), [update(anna, gains(-0.3))], 1).book;
  const good = [update(anna, gains(0.01))];

  it('merges and earns again after ten good rounds in a row, as a newcomer', () => {
    expect(repeat(barred, good, 9).of(anna)).toMatchObject({ merge: false, score: 0, reputation: 0 });
    const after = repeat(barred, good, 11);
    expect(after.of(anna)).toMatchObject({ merge: true, mergeShare: 0.5 });
    expect(after.standing(anna).payout).toBeGreaterThan(0);
  });

  it('begins anew when one of them is bad', () => {
    const nine = repeat(barred, good, 9);
    const relapse = rate(nine.book, [update(anna, gains(-0.001))]);
    expect(relapse.standing(anna).trust).toEqual({ kind: 'barred', why: 'poison', good: 0 });
  });
});

describe('a copy', () => {
  it('earns nothing, costs half of the reputation, and leaves the credit to the first', () => {
    const copy = update(ben, gains(0.02), { similarTo: anna });
    const { of, standing } = rate(bookOf([anna, {}], [ben, {}]), [update(anna, gains(0.02)), copy]);
    expect(of(ben)).toMatchObject({ score: 0, reputation: 25, merge: false, mergeShare: 0 });
    expect(standing(ben)).toMatchObject({ trust: { kind: 'barred', why: 'copy' }, skill: trusted.skill });
    expect(of(anna)).toMatchObject({ score: 100, merge: true });
    const alone = rate(bookOf([anna, {}], [ben, {}]), [update(anna, gains(0.02))]);
    expect(standing(anna).skill).toEqual(alone.standing(anna).skill);
  });
});

describe('a round without a whole update', () => {
  it.each([
    // what happened → uptime, agreement, reputation
    ['absent', { kind: 'absent', hotkey: anna } as const, 0.95, 1, 50],
    ['late', refused(anna, 'late'), 0.95, 1, 50],
    ['unreachable', refused(anna, 'unreachable'), 0.95, 1, 50],
    ['from a wrong base', refused(anna, 'wrong-base'), 1, 0.95, 50],
    ['of another version', refused(anna, 'other-version'), 0.95, 1, 50],
    ['corrupt', refused(anna, 'corrupt'), 0.95, 1, 25],
  ])('(%s) costs only what the worker is to blame for', (_, observation, uptime, agreement, reputation) => {
    const { standing, of } = rate(bookOf([anna, {}]), [observation]);
    expect(standing(anna)).toMatchObject({ uptime, agreement, reputation, trust: { kind: 'trusted' } });
    expect(of(anna)).toMatchObject({ merge: false, mergeShare: 0 });
    expect(of(anna).score).toBe(95);
  });

  it('that was excused moves nothing, and pays as before', () => {
    const { book, of, standing } = rate(bookOf([anna, {}]), [{ kind: 'excused', hotkey: anna }]);
    const { heldBack, payout, ...rest } = standing(anna);
    expect({ ...rest, heldBack: 100, payout: 0, excusedDebt: 0 }).toEqual(trusted);
    expect([heldBack > 100, payout > 0]).toEqual([true, true]);
    expect(of(anna)).toMatchObject({ score: 60, reputation: 50, reason: 'Excused: nothing moves' });
    const { excusedDebt, ...unknown } = rate(EMPTY_BOOK, [{ kind: 'excused', hotkey: anna }]).standing(anna);
    expect({ ...unknown, excusedDebt: excusedDebt - 10 }).toEqual(newcomer(DEFAULT_SCORING));
    expect(book.idle).toEqual(bookOf().idle);
  });

  it('that was excused is paid three times in a row, and then only after work', () => {
    const excused: Observation = { kind: 'excused', hotkey: anna };
    const others = [update(ben, gains(0.01))];
    const isPaid = (rated: ReturnType<typeof rate>) => rated.standing(anna).heldBack > 100;
    let rated = rate(bookOf([anna, {}], [ben, {}]), [excused, ...others]);
    for (let round = 2; round <= 3; round += 1) rated = rate(rated.book, [excused, ...others]);
    expect(isPaid(rated)).toBe(true);
    const third = rated.standing(anna).heldBack;
    rated = rate(rated.book, [excused, ...others]);
    expect(rated.standing(anna).heldBack, 'the pool only shrinks').toBeLessThan(third);
    expect(rated.of(anna).reason).toBe('Excused: nothing moves; too many such rounds, this one is not paid');
    const work = [update(anna, gains(0.01)), ...others];
    const soon = repeat(rated.book, work, 9);
    expect(rate(soon.book, [excused, ...others]).of(anna).reason).toContain('not paid');
    const later = repeat(rated.book, work, 20);
    expect(rate(later.book, [excused, ...others]).of(anna).reason).toBe('Excused: nothing moves');
  });

  it('says how late an update was', () => {
    const late: Observation = { kind: 'refused', hotkey: anna, reason: 'late', lateByBlocks: 4 };
    expect(rate(bookOf([anna, {}]), [late]).of(anna).reason).toBe(
      'The update was late by 4 blocks. Score 60.0 → 95.0. Reputation 50.0. Counts: uptime 95 %',
    );
  });
});

describe('what the validator could not measure', () => {
  it('is not held against the worker', () => {
    const broken = { ...gains(0.01), randomBefore: NaN };
    const { standing, of } = rate(bookOf([anna, {}]), [update(anna, broken)]);
    expect(of(anna).merge).toBe(true);
    expect(standing(anna)).toMatchObject({ skill: trusted.skill, evaluations: 9, lastEvaluated: 3 });
  });
});

describe('the reward', () => {
  const both = [update(anna, gains(0.01)), update(ben, gains(0.01))];
  const weights = (book: ScoreBook, observations: readonly Observation[]) => {
    const rated = rate(book, observations);
    return rewardWeights(rated.book, rated.ratings);
  };

  it('is four times as high at full reputation as without any', () => {
    const book = bookOf([anna, { reputation: 100, heldBack: 0 }], [ben, { reputation: 0, heldBack: 0 }]);
    const [high, low] = [...weights(book, both).values()];
    expect(high).toBe(65_535);
    expect(low! / high!).toBeCloseTo(0.25, 2);
  });

  it('is held back in part, and paid out later, to whoever is away, too', () => {
    const params = DEFAULT_SCORING;
    const { standing } = rate(bookOf([anna, { heldBack: 0 }]), [update(anna, gains(0.01))]);
    const { heldBack, payout } = standing(anna);
    expect(heldBack / (heldBack + payout)).toBeCloseTo(params.vestingShare);
    const away = rate(bookOf([anna, { heldBack: 90 }], [ben, {}]), [{ kind: 'absent', hotkey: anna }, both[1]!]);
    expect(away.standing(anna)).toMatchObject({ payout: 90 / params.vestingRounds });
    expect(away.standing(anna).heldBack).toBeCloseTo(90 - 90 / params.vestingRounds);
  });

  it('loses nothing between a share that is held back and its payment', () => {
    let book = bookOf([anna, { heldBack: 0 }], [ben, {}]);
    let [earned, paid] = [0, 0];
    for (let round = 0; round < 2000; round += 1) {
      const before = book.standings.get(anna)!.heldBack;
      const rated = rate(book, [round < 50 ? both[0]! : { kind: 'absent', hotkey: anna }, both[1]!]);
      book = rated.book;
      paid += rated.standing(anna).payout;
      earned += rated.standing(anna).payout + rated.standing(anna).heldBack - before;
    }
    expect(earned).toBeGreaterThan(1000);
    expect(paid / earned).toBeGreaterThan(0.998);
  });

  it('is nobody’s in a round in which nobody earned, whatever is held back', () => {
    expect(weights(bookOf([anna, {}]), [{ kind: 'absent', hotkey: anna }])).toEqual(new Map());
    expect(weights(EMPTY_BOOK, [])).toEqual(new Map());
    expect(rate(bookOf([anna, {}]), [{ kind: 'absent', hotkey: anna }]).standing(anna).heldBack).toBe(100);
  });

  it('goes to those of this round alone', () => {
    const paid = rate(bookOf([anna, {}], [ben, {}]), both);
    const { book, ratings } = rate(paid.book, [both[0]!]);
    expect([...rewardWeights(book, ratings).keys()]).toEqual([anna]);
    expect(book.standings.get(ben)!.payout).toBe(0);
  });
});

describe('reputation', () => {
  it.each([
    [100, 1008],
    [30, 3360],
  ])('takes two weeks of 12-second blocks to half of the way, in rounds of %i blocks', (roundBlocks, rounds) => {
    let book = bookOf([anna, { reputation: 0 }]);
    for (let round = 0; round < rounds; round += 1) {
      ({ book } = rate(book, [update(anna, null)], DEFAULT_SCORING, roundBlocks));
    }
    expect(book.standings.get(anna)!.reputation).toBeCloseTo(50, 6);
  });
});

describe('the book', () => {
  it('is the same whatever the order of the observations', () => {
    const observations = [
      update(anna, gains(0.01)),
      update(ben, gains(-0.3)),
      { kind: 'absent', hotkey: cleo } as const,
      update('dora' as Hotkey, gains(0.013)),
    ];
    const [one, other] = [rate(EMPTY_BOOK, observations), rate(EMPTY_BOOK, observations.toReversed())];
    expect(other.book.standings).toEqual(one.book.standings);
    expect(other.book.idle).toEqual(one.book.idle);
  });

  it('forgets who left and who was registered anew', () => {
    const book = bookOf([anna, {}], [ben, {}], [cleo, {}]);
    const registered = new Map([
      [anna, 100],
      [ben, 101],
    ]);
    expect([...bookOfMembers(book, registered, 100).standings.keys()]).toEqual([anna]);
  });

  it('is not changed in place', () => {
    const book = bookOf([anna, {}]);
    rate(book, [update(anna, gains(-0.3))]);
    expect(book).toEqual(bookOf([anna, {}]));
  });
});
