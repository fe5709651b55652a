import { expect, it } from 'vitest';
import { NO_WORDS, withWords } from '#network/validator/first-words.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';

const [A, B] = ['aa'.repeat(32) as BlobHash, 'bb'.repeat(32) as BlobHash];
const vote = (hotkey: string, round: number, manifest: BlobHash) => ({ hotkey: hotkey as Hotkey, round, manifest });

it('of a validator the first word of a round is kept, whatever it says then', () => {
  const first = withWords(NO_WORDS, 5, [vote('V', 5, A), vote('W', 4, A)]);
  expect([...first.by]).toEqual([['V', A]]);
  const elsewhere = withWords(first, 5, [vote('V', 6, B), vote('W', 5, B)]);
  const again = withWords(elsewhere, 5, [vote('V', 5, B), vote('W', 5, B)]);
  expect([...again.by]).toEqual([
    ['V', A],
    ['W', B],
  ]);
});

it('a new round begins without any', () => {
  const first = withWords(NO_WORDS, 5, [vote('V', 5, A)]);
  expect([...withWords(first, 6, [vote('V', 6, B)]).by]).toEqual([['V', B]]);
});
