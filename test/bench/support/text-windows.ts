import { findTextPath } from '#main/core/dataset.ts';
import { readText } from '#network/validator/found-run.ts';
import { integerHash } from '#protocol/integer-hash.ts';

const SALT = 11;

/** The devnet's text: each of its bytes is a token. */
export const readDevnetText = (): Promise<Uint8Array> => readText(findTextPath());

/**
 * The tokens of step `step` (from 0): [batchSize, sequenceLength + 1] out of `text`, every window from a hashed place. The
 * same for every step of that number, so two programs can train on the same windows.
 */
export function textWindows(text: Uint8Array, batchSize: number, sequenceLength: number, step: number): Uint8Array {
  const length = sequenceLength + 1;
  const windows = new Uint8Array(batchSize * length);
  for (let row = 0; row < batchSize; row++) {
    const start = integerHash(step * batchSize + row, SALT) % (text.length - sequenceLength);
    windows.set(text.subarray(start, start + length), row * length);
  }
  return windows;
}
