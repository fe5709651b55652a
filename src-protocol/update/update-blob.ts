import { concatBytes, uint32Bytes } from '../bytes.ts';
import { errorMessage, ProtocolError } from '../errors.ts';
import type { RunSpec } from '../run-spec.ts';
import { keptCount } from './chunks.ts';
import { decodePart, type SparseTensor, sparseFor } from './part-decoder.ts';
import { maxPartBytes } from './part-size.ts';
import { type Part, partsOf, tensorSizes } from './parts.ts';
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
  return { tokens, parts: opened };
}

/** @throws ProtocolError on whatever is not exactly an update of this run, round and state */
export function decodeUpdateBlob(spec: RunSpec, expected: UpdateTarget, blob: Uint8Array): readonly UpdateTensor[] {
  const { parts: opened } = openUpdateBlob(spec, expected, blob);
  const sizes = tensorSizes(spec);
  const tensors = sizes.map((size) => sparseFor(size, spec.update));
  const squares = new Float64Array(sizes.length);
  for (const [index, part] of partsOf(sizes, spec.update).entries()) {
    const [tensor, bytes] = [tensors[part.tensor], opened[index]];
    if (tensor === undefined || bytes === undefined) continue;
    const at = keptCount(part.start, spec.update);
    squares[part.tensor] = (squares[part.tensor] ?? 0) + decodePartOf(spec.update, index, part, bytes, tensor, at);
  }
  return tensors.map((tensor, index) => ({ ...tensor, norm: Math.sqrt(squares[index] ?? 0) }));
}

/**
 * One part on its own: places count from the part's first value.
 * @param into room for exactly what the part sends
 * @returns the sum of the squares of the values
 * @throws ProtocolError that names the part
 */
export const decodeUpdatePart = (
  spec: RunSpec['update'],
  index: number,
  part: Part,
  bytes: Uint8Array,
  into: SparseTensor,
): number => decodePartOf(spec, index, { ...part, start: 0 }, bytes, into, 0);

function decodePartOf(
  spec: RunSpec['update'],
  index: number,
  { tensor, start, length }: Part,
  bytes: Uint8Array,
  into: SparseTensor,
  at: number,
): number {
  try {
    return decodePart(bytes, length, spec, into, start, at);
  } catch (cause) {
    throw new ProtocolError(`Update part ${index} (tensor ${tensor}): ${errorMessage(cause)}`, { cause });
  }
}

const LENGTH_BYTES = 4;
