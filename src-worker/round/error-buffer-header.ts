import * as v from 'valibot';
import { check, decodeCbor, encodeCbor } from '#protocol/envelope.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { RunId } from '#protocol/ids.ts';
import { concatBytes, uint32At, uint32Bytes, utf8 } from '#protocol/bytes.ts';
import { blobHashSchema, runIdSchema, stateRootSchema, uint32Schema } from '#protocol/schemas.ts';

const finite = v.pipe(v.number(), v.finite());
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const sentSchema = v.strictObject({
  round: uint32Schema,
  /** Root of the state that it starts from. */
  baseRoot: stateRootSchema,
  /** The update, in the own blob store. */
  blob: blobHashSchema,
  updateBytes: bytes,
  loss: finite,
  tokensPerSecond: finite,
  gradientNorm: v.nullable(finite),
  innerSteps: uint32Schema,
});
/** What of a round is taken out of an error buffer, and goes back if nobody merges it. */
export type SentUpdate = Readonly<v.InferOutput<typeof sentSchema>>;

/** Which round an error buffer belongs to. */
export interface BufferRound {
  /** The newest round whose training is in the buffer, or was sent; it is not trained again. `null` before the first. */
  readonly round: number | null;
  /** An update whose verdict is open. */
  readonly sent: SentUpdate | null;
}

export interface BufferHeader extends BufferRound {
  readonly run: RunId;
  /** Of all tensors together. */
  readonly valueBytes: number;
}

const headerSchema = v.strictObject({
  run: runIdSchema,
  valueBytes: bytes,
  round: v.nullable(uint32Schema),
  sent: v.nullable(sentSchema),
});

/** In front of the values, so that they lie in whole pages. */
export const HEADER_BYTES = 4096;
/** Where a single byte says whether the verdict is still open: the only one that changes in place, and not under the checksum. */
export const VERDICT_AT = 12;
const OPEN = 0;
export const MERGED = 1;
const BODY_AT = 16;
const MAGIC = utf8('MRERROR2');

/** Magic, length of what follows at byte 16, the verdict's byte, three zeros, CBOR, zeros. */
export function encodeBufferHeader(header: BufferHeader): Uint8Array {
  const body = encodeCbor(header);
  if (BODY_AT + body.length > HEADER_BYTES) throw new ProtocolError('The header of an error buffer is too long');
  const block = new Uint8Array(HEADER_BYTES);
  block.set(concatBytes(MAGIC, uint32Bytes(body.length), Uint8Array.of(OPEN, 0, 0, 0), body));
  return block;
}

/** @throws ProtocolError */
export function decodeBufferHeader(block: Uint8Array): BufferHeader & { readonly merged: boolean } {
  if (block.length !== HEADER_BYTES || !MAGIC.every((byte, at) => block[at] === byte)) {
    throw new ProtocolError('It is not an error buffer of this version');
  }
  const length = uint32At(block.subarray(MAGIC.length));
  if (BODY_AT + length > HEADER_BYTES) throw new ProtocolError('Its header is too long');
  const header = check(headerSchema, decodeCbor(block.subarray(BODY_AT, BODY_AT + length)), 'Its header');
  return { ...header, merged: block[VERDICT_AT] === MERGED };
}
