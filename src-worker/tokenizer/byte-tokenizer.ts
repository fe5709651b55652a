import { utf8 } from '#protocol/bytes.ts';
import { checkedTokens, type Tokenizer } from './tokenizer.ts';

const VOCAB_SIZE = 256;

/**
 * Every UTF-8 byte is a token. Text round-trips, except that half of a surrogate pair becomes U+FFFD; tokens that end
 * within a character, as a window does, decode to U+FFFD there.
 */
export const byteTokenizer: Tokenizer = {
  vocabSize: VOCAB_SIZE,
  encode: (text) => Int32Array.from(utf8(text)),
  decode: (tokens) => {
    const bytes = Uint8Array.from(checkedTokens(tokens, VOCAB_SIZE, 'the byte tokenizer'));
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  },
};
