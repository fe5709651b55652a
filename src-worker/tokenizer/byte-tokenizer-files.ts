/** How many bytes there are; every one of them is a token. */
const BYTES = 256;

/** Without merges nobody ever sees more than one character of it at a time, so that no text has this token. */
const reserved = (id: number): string => `<|reserved_${id}|>`;

/**
 * The byte tokenizer as a `tokenizer.json` that the `tokenizers` library opens: byte-level BPE without merges, whose token ids
 * are the bytes. The ids of a larger vocabulary are there, but no text has them. They are no added tokens, which the library
 * would look for in every text.
 */
export function byteTokenizerJson(vocabSize: number): Readonly<Record<string, unknown>> {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  const vocab: Record<string, number> = {};
  for (const [byte, character] of byteCharacters().entries()) vocab[character] = byte;
  for (let id = BYTES; id < vocabSize; id += 1) vocab[reserved(id)] = id;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: [],
    },
  };
}

/** What transformers wants to know besides: there is no token for a begin, an end or an empty place. */
export const byteTokenizerConfig = (sequenceLength: number): Readonly<Record<string, unknown>> => ({
  tokenizer_class: 'PreTrainedTokenizerFast',
  model_max_length: sequenceLength,
  clean_up_tokenization_spaces: false,
  bos_token: null,
  eos_token: null,
  pad_token: null,
  unk_token: null,
});

/**
 * The character that stands for each byte in byte-level vocabularies since GPT-2: itself where it is visible, and for the others,
 * in their order, those from U+0100 on.
 */
function byteCharacters(): readonly string[] {
  let invisible = 0;
  return Array.from({ length: BYTES }, (_, byte) => {
    const isVisible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isVisible ? byte : 0x100 + invisible++);
  });
}
