import { concatBytes, uint32Bytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { RunSpec } from '../run-spec.ts';
import { keptCount } from './chunks.ts';
import { namingPart } from './naming-part.ts';
import { claimedSquares } from './part-header.ts';
import { decodePart } from './part-reader.ts';
import { maxPartBytes } from './part-size.ts';
import { partsOf, tensorSizes } from './parts.ts';
import { type SparseTensor, sparseFor } from './sparse-tensor.ts';
import {
  decodeUpdateHeader,
  encodeUpdateHeader,
  HEADER_BYTES,
  type UpdateHeader,
  type UpdateTarget,
} from './update-header.ts';

/**
 * The update blob: header, the number of bytes of every part, the parts (docs/FORMATS.md). How many parts there are, what each
 * stands for and how long it can be follows from the run, so that nothing is allocated on a peer's word.
 */
export interface OpenedUpdate {
  readonly tokens: number;
  /** The bytes of each part, in the order of `partsOf`, within the blob; not decoded yet. */
  readonly parts: readonly Uint8Array[];
  /** What each part claims its sum of squares to be: it is so when the part can be decoded. */
  readonly squares: Float64Array;
}

/** One tensor of an update. */
export interface UpdateTensor extends SparseTensor {
  /** √ of the sum of squares, summed within each part and then over the parts. */
  readonly norm: number;
}

/** No valid update of the run is longer. */
export function maxUpdateBytes(spec: RunSpec): number {
  const parts = partsOf(tensorSizes(spec), spec.update);
  return parts.reduce((sum, { length }) => sum + LENGTH_BYTES + maxPartBytes(length, spec.update), HEADER_BYTES);
}

/** @param parts what `compressUpdate` made */
export const encodeUpdateBlob = (header: UpdateHeader, parts: readonly Uint8Array[]): Uint8Array =>
  concatBytes(encodeUpdateHeader(header), ...parts.map(({ length }) => uint32Bytes(length)), ...parts);

/** Reads all but the parts. @throws ProtocolError on a wrong header or length; the message says which */
export function openUpdateBlob(spec: RunSpec, expected: UpdateTarget, blob: Uint8Array): OpenedUpdate {
  const tokens = decodeUpdateHeader(spec, expected, blob);
  const parts = partsOf(tensorSizes(spec), spec.update);
  let end = HEADER_BYTES + LENGTH_BYTES * parts.length;
  if (blob.length < end) throw new ProtocolError(`Update of ${blob.length} bytes is cut off`);
  const lengths = new DataView(blob.buffer, blob.byteOffset + HEADER_BYTES, LENGTH_BYTES * parts.length);
  const opened = parts.map(({ length }, index) => {
    const bytes = lengths.getUint32(LENGTH_BYTES * index, true);
    const most = maxPartBytes(length, spec.update);
    if (bytes > most) throw new ProtocolError(`Update part ${index}: ${bytes} bytes, at most ${most} are possible`);
    end += bytes;
    return blob.subarray(end - bytes, end);
  });
  if (blob.length !== end) throw new ProtocolError(`Update has ${blob.length} bytes instead of ${end}`);
  const squares = Float64Array.from(opened, (bytes, index) => namingPart(index, () => claimedSquares(bytes)));
  return { tokens, parts: opened, squares };
}

/** @throws ProtocolError on whatever is not exactly an update of this run, round and state */
export function decodeUpdateBlob(spec: RunSpec, expected: UpdateTarget, blob: Uint8Array): readonly UpdateTensor[] {
  const { parts: opened } = openUpdateBlob(spec, expected, blob);
  const sizes = tensorSizes(spec);
  const tensors = sizes.map((size) => sparseFor(size, spec.update));
  const squares = new Float64Array(sizes.length);
  for (const [index, { tensor, start, length }] of partsOf(sizes, spec.update).entries()) {
    const [into, bytes] = [tensors[tensor], opened[index]];
    if (into === undefined || bytes === undefined) continue;
    const at = keptCount(start, spec.update);
    const sum = namingPart(index, () => decodePart(bytes, length, spec.update, into, start, at));
    squares[tensor] = (squares[tensor] ?? 0) + sum;
  }
  return tensors.map((tensor, index) => ({ ...tensor, norm: Math.sqrt(squares[index] ?? 0) }));
}

const LENGTH_BYTES = 4;
