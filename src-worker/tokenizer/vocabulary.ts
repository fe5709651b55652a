import * as v from 'valibot';
import { ProtocolError } from '#protocol/errors.ts';
import { MODEL_LIMITS } from '#protocol/model-shape.ts';

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
/** What kind a tokenizer.json is and where it says its ids; the library reads the rest. */
const schema = v.object({
  model: v.object({
    /** The library guesses at a file without one. */
    type: v.picklist(['BPE', 'Unigram', 'WordPiece']),
    /** Ids by token; Unigram has a list instead, whose places are the ids. */
    vocab: v.union([v.array(v.unknown()), v.custom<Readonly<Record<string, unknown>>>(isObject)]),
  }),
  added_tokens: v.optional(v.array(v.object({ id: v.unknown() }))),
});

/**
 * One more than the largest token id of a tokenizer.json. To be asked before the library is: it makes a list as long as
 * the largest id says, which takes minutes and gigabytes for a hostile one.
 * @throws ProtocolError that names the file
 */
export function vocabSizeOf(json: object, path: string): number {
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    throw new ProtocolError(`${path}: ${v.getDotPath(parsed.issues[0]) ?? 'value'}: ${parsed.issues[0].message}`);
  }
  const { model, added_tokens = [] } = parsed.output;
  const modelIds = Array.isArray(model.vocab) ? model.vocab.keys() : Object.values(model.vocab);
  let largest = -1;
  for (const ids of [modelIds, added_tokens.map(({ id }) => id)]) {
    for (const id of ids) {
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MODEL_LIMITS.vocabSize) {
        const found = JSON.stringify(id).slice(0, 40);
        throw new ProtocolError(`${path} has the token id ${found}; ids go from 0 to ${MODEL_LIMITS.vocabSize - 1}`);
      }
      largest = Math.max(largest, id);
    }
  }
  if (largest < 0) throw new ProtocolError(`${path} has an empty vocabulary`);
  return largest + 1;
}
