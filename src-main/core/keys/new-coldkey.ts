import { QUIZ_WORDS, type NewColdkey } from '#protocol/contract/keys.ts';
import { MillraceError } from '#protocol/errors.ts';
import { wipeKey } from '../btwallet/key-json.ts';
import { sealKeyFile, type KeyFileOptions } from '../btwallet/open-key-file.ts';
import type { ColdkeyRecord } from './key-records.ts';
import { newPassword } from './new-password.ts';
import { freshKey, type RandomBytes } from './fresh-key.ts';

/** A coldkey that its owner has not yet proven to have written down. Its words are gone but for those of the quiz. */
export interface UnconfirmedColdkey {
  readonly id: string;
  readonly record: ColdkeyRecord;
  readonly expected: ReadonlyMap<number, string>;
  readonly expiresAtMs: number;
  wrongAnswers: number;
}

/** Long enough to find a pen. */
const CONFIRM_WITHIN_MS = 30 * 60_000;
/** Guessing one word of 2,048 three times over is out of the question; the limit is against a program that tries. */
const MAX_WRONG_ANSWERS = 10;

/**
 * Makes a coldkey of twelve words. It is sealed at once, so that while its owner writes the words down no secret is kept but three
 * of them.
 * @throws MillraceError KEYS for a short password; ENGINE, ABORTED
 */
export async function makeColdkey(
  password: string,
  randomBytes: RandomBytes,
  nowMs: number,
  options: KeyFileOptions,
): Promise<{ readonly shown: NewColdkey; readonly unconfirmed: UnconfirmedColdkey }> {
  const checked = newPassword(password);
  const key = freshKey(randomBytes);
  try {
    const { address } = key.pair;
    const words = key.phrase.split(' ');
    const quiz = chooseWords(words.length, randomBytes);
    const nacl = Buffer.from(await sealKeyFile(key, checked, options)).toString('base64');
    const id = Buffer.from(randomBytes(16)).toString('hex');
    const unconfirmed: UnconfirmedColdkey = {
      id,
      record: { version: 1, kind: 'encrypted', address, nacl },
      expected: new Map(quiz.map((index) => [index, words[index] ?? ''])),
      expiresAtMs: nowMs + CONFIRM_WITHIN_MS,
      wrongAnswers: 0,
    };
    return { shown: { id, address, words, quiz }, unconfirmed };
  } finally {
    wipeKey(key);
  }
}

/**
 * The record to be written, when every word that was asked for is right.
 * @throws MillraceError KEYS when one is wrong (it may be tried again), or the time or the tries are used up
 */
export function confirmColdkey(
  unconfirmed: UnconfirmedColdkey | null,
  id: string,
  answers: ReadonlyArray<{ readonly index: number; readonly word: string }>,
  nowMs: number,
): ColdkeyRecord {
  const isOver =
    unconfirmed?.id !== id || nowMs > unconfirmed.expiresAtMs || unconfirmed.wrongAnswers >= MAX_WRONG_ANSWERS;
  if (isOver) {
    throw new MillraceError('KEYS', 'This coldkey was not confirmed in time and is forgotten. Create another one.');
  }
  const given = new Map(answers.map(({ index, word }) => [index, word.trim().toLowerCase()]));
  const wrong = [...unconfirmed.expected].filter(([index, word]) => given.get(index) !== word);
  if (wrong.length === 0) return unconfirmed.record;
  unconfirmed.wrongAnswers += 1;
  const places = wrong.map(([index]) => index + 1).join(', ');
  throw new MillraceError('KEYS', `Not the words that were shown: look again at number ${places}. Nothing was saved.`);
}

/** Some places out of `count`, ascending. A byte modulo `count` is not quite even, which a quiz need not be. */
function chooseWords(count: number, randomBytes: RandomBytes): number[] {
  const chosen = new Set<number>();
  while (chosen.size < QUIZ_WORDS) for (const byte of randomBytes(QUIZ_WORDS)) chosen.add(byte % count);
  return [...chosen].slice(0, QUIZ_WORDS).toSorted((a, b) => a - b);
}
