import { expect, it } from 'vitest';
import { bookBefore } from '#network/validator/book-before.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { EMPTY_BOOK, newcomer, type ScoreBook } from '#protocol/score/standing.ts';
import { smallRun, testKey } from '../../support/small-run.ts';

const [anna, ben] = [1, 2].map((n) => hotkeyOf(testKey(n))) as [
  ReturnType<typeof hotkeyOf>,
  ReturnType<typeof hotkeyOf>,
];
const earned = { ...newcomer(DEFAULT_SCORING), reputation: 60, heldBack: 5 };
const book: ScoreBook = { ...EMPTY_BOOK, ratedRound: 50, standings: new Map([anna, ben].map((one) => [one, earned])) };
const before = (round: number, isWorkedIn: boolean, registered: readonly (typeof anna)[]) =>
  bookBefore(book, {
    ...{ round, isWorkedIn, timing: smallRun.round },
    registeredAt: new Map(registered.map((one) => [one, 0])),
  });

it('a node that lags by a round takes nothing from anyone', () => {
  expect(before(49, false, [anna, ben])).toBe(book);
  expect(before(49, false, [anna]), 'nor from whom it does not know yet').toBe(book);
});

it('on another chain, on which others work, all begin anew', () => {
  expect(before(49, true, [anna, ben])).toEqual(EMPTY_BOOK);
});

it.each([
  ['the next round', 51],
  ['the same round again', 50],
])('before %s only those who have left are forgotten', (_, round) => {
  expect([...before(round, false, [anna]).standings.keys()]).toEqual([anna]);
  expect(before(round, true, [anna, ben])).toEqual(book);
});
