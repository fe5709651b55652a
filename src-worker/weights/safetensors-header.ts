import * as v from 'valibot';
import { ProtocolError } from '#protocol/errors.ts';
import { elementBytes } from './element-types.ts';

/** A model of 72B parameters has 700 to 1,500 tensors. */
const MAX_TENSORS = 10_000;
/** Entries of published models have 100 to 200 bytes; the rest is for the metadata. */
const MAX_ENTRY_BYTES = 400;
/**
 * The format itself allows 100 MB. Parsed as JSON, so much ended a process whose heap may grow to 4 GB; of this length the worst
 * header takes 120 MB and half a second.
 */
export const MAX_HEADER_BYTES = MAX_TENSORS * MAX_ENTRY_BYTES;
const MAX_NAME_LENGTH = 512;
const METADATA = '__metadata__';

/** One tensor of a file: where its bytes lie, counted from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  /** As the file says it: "F32", "BF16", … */
  readonly type: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly begin: number;
  readonly end: number;
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.strictObject({
  dtype: v.string(),
  shape: v.pipe(v.array(whole), v.maxLength(8)),
  data_offsets: v.strictTuple([whole, whole]),
});
const metadataSchema = v.record(v.string(), v.string());

/**
 * Reads the JSON header of a safetensors file. Every byte of the data must belong to exactly one tensor.
 *
 * @param dataBytes what follows the header in the file
 * @param file for messages
 * @throws ProtocolError that names the file and the tensor
 */
export function parseHeader(header: Uint8Array, dataBytes: number, file: string): readonly TensorEntry[] {
  const { json, text } = parseJson(header, file);
  const names = Object.keys(json);
  const tensors = names.filter((name) => name !== METADATA).length;
  if (tensors > MAX_TENSORS) throw new ProtocolError(`${file} holds ${tensors} tensors, more than ${MAX_TENSORS}`);
  const repeated = repeatedKey(text);
  if (repeated !== null) throw new ProtocolError(`${file} names the tensor ${shortName(repeated)} twice`);

  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === METADATA) {
      if (!v.is(metadataSchema, value)) throw new ProtocolError(`${file}: ${METADATA} must hold text only`);
    } else {
      entries.push(readEntry(name, value, dataBytes, file));
    }
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin < at) throw new ProtocolError(`Tensor ${name} in ${file} overlaps the one before it at byte ${begin}`);
    if (begin > at)
      throw new ProtocolError(`Bytes ${at} to ${begin} in ${file}, before tensor ${name}, are no tensor's`);
    at = end;
  }
  if (at !== dataBytes) throw new ProtocolError(`The last ${dataBytes - at} bytes of ${file} are no tensor's`);
  return entries;
}

function parseJson(header: Uint8Array, file: string): { readonly json: object; readonly text: string } {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    json = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError(`The header of ${file} is not JSON`, { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ProtocolError(`The header of ${file} is not a JSON object`);
  }
  return { json, text };
}

function readEntry(name: string, value: unknown, dataBytes: number, file: string): TensorEntry {
  const what = `Tensor ${shortName(name)} in ${file}`;
  if (name.length > MAX_NAME_LENGTH) throw new ProtocolError(`${what} has a name of ${name.length} characters`);
  // One issue is told: a million of them would take a gigabyte.
  const parsed = v.safeParse(entrySchema, value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ProtocolError(`${what}: ${v.getDotPath(issue) ?? 'entry'}: ${issue.message}`);
  }
  const { dtype, shape, data_offsets } = parsed.output;
  const [begin, end] = data_offsets;
  const bytes = elementBytes(dtype);
  if (bytes === undefined) throw new ProtocolError(`${what} has the unknown type ${shortName(dtype)}`);
  let elements = 1;
  for (const extent of shape) {
    elements *= extent;
    if (!Number.isSafeInteger(elements * bytes)) throw new ProtocolError(`${what} has too large a shape`);
  }
  if (begin > end || end > dataBytes) {
    throw new ProtocolError(`${what} lies at bytes ${begin} to ${end} of ${dataBytes}`);
  }
  if (end - begin !== elements * bytes) {
    throw new ProtocolError(`${what} needs ${elements * bytes} bytes for its shape and type, but has ${end - begin}`);
  }
  return { name, type: dtype, shape, elements, begin, end };
}

/** A key that JSON.parse met twice in the outermost object, of which it kept the last. The text is known to be valid JSON. */
function repeatedKey(text: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  let last = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === '"') {
      const start = at;
      for (at += 1; text[at] !== '"'; at++) if (text[at] === '\\') at += 1;
      if (depth === 1) last = text.slice(start, at + 1);
    } else if (character === ':' && depth === 1) {
      // Parsed, because "a" and "\u0061" are the same key.
      const key = JSON.parse(last) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return null;
}

const shortName = (name: string): string => (name.length <= 80 ? name : `${name.slice(0, 79)}…`);
