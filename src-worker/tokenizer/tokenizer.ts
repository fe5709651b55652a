import { ProtocolError } from '#protocol/errors.ts';

/** Turns text into what a model is trained on, and back. */
export interface Tokenizer {
  /** Every token is below this; a model's vocabulary must be at least as large, and is often rounded up. */
  readonly vocabSize: number;
  /** The tokens of the text alone: none is added at its begin or end. @throws ProtocolError when it cannot be expressed */
  readonly encode: (text: string) => Int32Array;
  /** @throws ProtocolError for a token outside of the vocabulary */
  readonly decode: (tokens: ArrayLike<number>) => string;
}

/** Copies tokens that are all within the vocabulary. @throws ProtocolError that names the first that is not */
export function checkedTokens(tokens: ArrayLike<unknown>, vocabSize: number, what: string): Int32Array {
  return Int32Array.from(tokens, (token, index) => {
    if (typeof token === 'number' && Number.isInteger(token) && token >= 0 && token < vocabSize) return token;
    throw new ProtocolError(`Token ${String(token)} at ${index} is outside of the ${vocabSize} of ${what}`);
  });
}
