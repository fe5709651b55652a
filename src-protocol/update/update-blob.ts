import { bytesOf, concatBytes, float32At, fromHex, toHex, uint32At, uint32Bytes, utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { RunId, StateRoot } from '../ids.ts';
import { elementCount, parameterShapes } from '../model-shape.ts';
import type { RunSpec } from '../run-spec.ts';
import { packBits, packedBytes, unpackBits } from './bits.ts';
import { chunksOf, keptCount } from './chunks.ts';
import { LEVELS } from './quantiser.ts';

/**
 * The update blob: header, then for every tensor its four levels (float32), its 12-bit indices within chunks (ascending) and its
 * 2-bit codes. Its exact length follows from the run specification, so nothing is allocated on a peer's word.
 */
const MAGIC = utf8('MRU0');
const INDEX_BITS = 12;
const CODE_BITS = 2;
const HEADER_BYTES = MAGIC.length + 32 + 4 + 32;
/** Larger steps are damage or malice (same bound as the reference's check on its scale). */
const MAX_LEVEL = 1e4;

/** One tensor's part: positions in the flattened tensor, ascending, and the values there. */
export interface SparseTensor {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

export interface UpdateHeader {
  readonly run: RunId;
  readonly round: number;
  /** Root of the state that the update starts from. */
  readonly baseRoot: StateRoot;
}

export interface EncodedTensor {
  readonly indices: Uint32Array;
  readonly levels: Float32Array;
  readonly codes: Uint8Array;
}

/** Exact size of every valid update blob of the run. */
export function updateBlobBytes(spec: RunSpec): number {
  return tensorSizes(spec).reduce((sum, values) => sum + tensorBytes(keptCount(values, spec.update)), HEADER_BYTES);
}

export function encodeUpdateBlob(spec: RunSpec, header: UpdateHeader, tensors: readonly EncodedTensor[]): Uint8Array {
  const parts = [MAGIC, fromHex(header.run), uint32Bytes(header.round), fromHex(header.baseRoot)];
  for (const { indices, levels, codes } of tensors) {
    const within = Uint16Array.from(indices, (index) => index % spec.update.chunkSize);
    parts.push(bytesOf(levels), packBits(within, INDEX_BITS), packBits(codes, CODE_BITS));
  }
  return concatBytes(...parts);
}

/** @throws ProtocolError on a wrong length, header, level or index; the message says which */
export function decodeUpdateBlob(spec: RunSpec, expected: UpdateHeader, blob: Uint8Array): readonly SparseTensor[] {
  const expectedBytes = updateBlobBytes(spec);
  if (blob.length !== expectedBytes)
    throw new ProtocolError(`Update has ${blob.length} bytes instead of ${expectedBytes}`);
  const reader = { blob, offset: 0 };
  if (toHex(take(reader, MAGIC.length)) !== toHex(MAGIC)) throw new ProtocolError('Update: unknown format');
  if (toHex(take(reader, 32)) !== expected.run) throw new ProtocolError('Update is for another run');
  const round = uint32At(take(reader, 4));
  if (round !== expected.round) throw new ProtocolError(`Update is for round ${round}, not ${expected.round}`);
  if (toHex(take(reader, 32)) !== expected.baseRoot) throw new ProtocolError('Update starts from another state');
  return tensorSizes(spec).map((values, tensor) => decodeTensor(reader, values, spec, tensor));
}

interface Reader {
  readonly blob: Uint8Array;
  offset: number;
}

function take(reader: Reader, count: number): Uint8Array {
  const part = reader.blob.subarray(reader.offset, reader.offset + count);
  reader.offset += count;
  return part;
}

function decodeTensor(reader: Reader, valueCount: number, spec: RunSpec, tensor: number): SparseTensor {
  const kept = keptCount(valueCount, spec.update);
  const levels = float32At(take(reader, 4 * LEVELS), 0, LEVELS);
  for (const level of levels) {
    // Written so that NaN fails too.
    if (!(Math.abs(level) <= MAX_LEVEL))
      throw new ProtocolError(`Update tensor ${tensor}: level ${level} is out of range`);
  }
  const within = unpackBits(take(reader, packedBytes(kept, INDEX_BITS)), kept, INDEX_BITS);
  const codes = unpackBits(take(reader, packedBytes(kept, CODE_BITS)), kept, CODE_BITS);
  const indices = new Uint32Array(kept);
  let at = 0;
  for (const { start, length, keep } of chunksOf(valueCount, spec.update)) {
    let previous = -1;
    for (let end = at + keep; at < end; at += 1) {
      const index = within[at] ?? 0;
      if (index <= previous || index >= length) {
        throw new ProtocolError(`Update tensor ${tensor}: index ${index} is out of order or range`);
      }
      previous = index;
      indices[at] = start + index;
    }
  }
  return { indices, values: Float32Array.from(codes, (code) => levels[code] ?? 0) };
}

const tensorBytes = (kept: number): number => 4 * LEVELS + packedBytes(kept, INDEX_BITS) + packedBytes(kept, CODE_BITS);

const tensorSizes = (spec: RunSpec): readonly number[] => parameterShapes(spec.model).map((p) => elementCount(p.shape));
