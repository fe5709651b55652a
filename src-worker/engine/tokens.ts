import { MillraceError } from '#protocol/errors.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';

/** Token windows one after the other, row by row. */
export type Tokens = Int32Array | Uint16Array | Uint8Array;

/**
 * Copies a batch of windows [batchSize, sequenceLength + 1] into `target`.
 * Throws MillraceError ENGINE for a wrong count or a token outside of the vocabulary: an unchecked index would reach native code.
 */
export function copyTokens(tokens: Tokens, target: Int32Array, { vocabSize }: ModelConfig): void {
  if (tokens.length !== target.length) {
    throw new MillraceError('ENGINE', `A batch needs ${target.length} tokens, not ${tokens.length}`);
  }
  for (const [index, token] of tokens.entries()) {
    if (token < 0 || token >= vocabSize) {
      throw new MillraceError('ENGINE', `Token ${token} at ${index} is outside of the vocabulary of ${vocabSize}`);
    }
  }
  target.set(tokens);
}
