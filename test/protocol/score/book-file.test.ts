import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '#protocol/envelope.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { decodeScoreBook, encodeScoreBook, MAX_BOOK_BYTES } from '#protocol/score/book-file.ts';
import { rateRound } from '#protocol/score/rate-round.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { EMPTY_BOOK } from '#protocol/score/standing.ts';
import { testKey } from '../../support/small-run.ts';

const losses = (after: number) => ({
  assignedBefore: 4,
  assignedAfter: after,
  randomBefore: 4,
  randomAfter: after,
  ownData: 0.5,
});
const [anna, ben, cleo] = [1, 2, 3].map((n) => hotkeyOf(testKey(n)));
const { book } = rateRound(
  EMPTY_BOOK,
  [
    {
      kind: 'update',
      hotkey: anna!,
      staleness: 0,
      similarTo: null,
      isTooFar: false,
      timesUsualLength: 1,
      evaluation: losses(3.9),
    },
    {
      kind: 'update',
      hotkey: ben!,
      staleness: 0,
      similarTo: null,
      isTooFar: false,
      timesUsualLength: 1,
      evaluation: losses(8),
    },
    { kind: 'absent', hotkey: cleo! },
  ],
  DEFAULT_SCORING,
  { round: 5, roundBlocks: 115, seed: new Uint8Array(32) },
);
const bytes = encodeScoreBook(book);

describe('a stored score book', () => {
  it.each([
    ['an empty one', EMPTY_BOOK],
    ['one with every kind of trust', book],
  ])('round-trips: %s', (_, one) => {
    expect(decodeScoreBook(encodeScoreBook(one))).toEqual(one);
  });

  it('does not depend on the order of the standings', () => {
    const standings = new Map([...book.standings].toReversed());
    expect(encodeScoreBook({ ...book, standings })).toEqual(bytes);
  });

  it.each([
    ['another version', { version: 1 }, /version/],
    ['an unknown field', { more: 1 }, /more/],
    ['a skill that is no number', { idle: { mu: NaN, sigma: 1 } }, /idle.mu/],
    ['a skill without doubt', { idle: { mu: 1, sigma: 0 } }, /idle.sigma/],
    ['a hotkey that is none', { standings: [['nobody', book.standings.get(anna!)]] }, /hotkey|standings/],
    ['too much reputation', { standings: [[anna, { ...book.standings.get(anna!), reputation: 101 }]] }, /reputation/],
    [
      'a trust that is none',
      { standings: [[anna, { ...book.standings.get(anna!), trust: { kind: 'king' } }]] },
      /trust/,
    ],
  ])('with %s is refused', (_, change, message) => {
    const changed = encodeCbor({ ...(decodeCbor(bytes) as object), ...change });
    expect(() => decodeScoreBook(changed)).toThrow(message);
  });

  it.each([
    ['cut off', bytes.subarray(0, -1)],
    ['too large', new Uint8Array(MAX_BOOK_BYTES + 1)],
  ])('that is %s is refused', (_, wrong) => {
    expect(() => decodeScoreBook(wrong)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });
});
