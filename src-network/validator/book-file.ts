import { readFile } from 'node:fs/promises';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import { decodeScoreBook, encodeScoreBook } from '#protocol/score/book-file.ts';
import type { ScoreBook } from '#protocol/score/standing.ts';
import { replaceFile } from '#worker/weights/replace-file.ts';

/** Where a validator's score book lasts. */
export interface BookFile {
  /** `null` when there is none. */
  readonly load: () => Promise<ScoreBook | null>;
  /** Whole or not at all. */
  readonly save: (book: ScoreBook) => Promise<void>;
}

/** @param warn told of a book that cannot be read or written: the validator goes on, and its workers begin anew after a restart */
export function openBookFile(path: string, warn: (message: string) => void): BookFile {
  return {
    async load() {
      try {
        return decodeScoreBook(await readFile(path));
      } catch (error) {
        if (errorCode(error) !== 'ENOENT')
          warn(`The score book cannot be read, all workers begin anew: ${errorMessage(error)}`);
        return null;
      }
    },
    async save(book) {
      try {
        await replaceFile(path, (handle) => handle.writeFile(encodeScoreBook(book)));
      } catch (error) {
        warn(`The score book cannot be saved: ${errorMessage(error)}`);
      }
    },
  };
}
