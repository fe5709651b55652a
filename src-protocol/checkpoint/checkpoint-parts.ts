import { bytesOf } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { hasMomentum } from '../global-state.ts';
import { elementCount, type ParameterShape, parameterShapes } from '../model-shape.ts';
import type { RunSpec } from '../run-spec.ts';
import { safetensorsHeader } from './safetensors-header.ts';

/** Data of one part: so much is in memory at a time, and is fetched anew when a fetch goes wrong for good. */
const CHECKPOINT_PART_BYTES = 64 * 1024 * 1024;
const MOMENTUM_PREFIX = 'momentum.';

/** Rows of one of the state's tensors that lie in a part. */
interface PartTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its number among the state's tensors. */
  readonly tensor: number;
  /** Values of the tensor before these. */
  readonly first: number;
  readonly count: number;
}

/** One file of a checkpoint: a safetensors file of float32, whose every byte but the values follows from the run. */
export interface CheckpointPart {
  readonly tensors: readonly PartTensor[];
  readonly header: Uint8Array;
  readonly sizeBytes: number;
}

/**
 * How a run's state is cut into files: its tensors in the order of the state root (the momentum's under `momentum.` and the
 * parameter's name), as many to a part as fit. A tensor larger than a part is cut between rows, into `name[from:to]`.
 */
export function checkpointParts(spec: RunSpec, partBytes = CHECKPOINT_PART_BYTES): readonly CheckpointPart[] {
  const parts: CheckpointPart[] = [];
  let open: PartTensor[] = [];
  let openBytes = 0;
  const close = (): void => {
    if (open.length > 0) parts.push(partOf(open));
    [open, openBytes] = [[], 0];
  };
  for (const [tensor, shape] of stateShapes(spec).entries()) {
    for (const piece of piecesOf(tensor, shape, partBytes)) {
      const bytes = 4 * piece.count;
      if (openBytes + bytes > partBytes) close();
      open.push(piece);
      openBytes += bytes;
    }
  }
  close();
  return parts;
}

/** Bytes of a checkpoint without its index. */
export const checkpointBytes = (spec: RunSpec): number =>
  checkpointParts(spec).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** Name and shape of each tensor of the state, in the order of `stateTensors`. */
export function stateShapes(spec: RunSpec): readonly Pick<ParameterShape, 'name' | 'shape'>[] {
  const shapes = parameterShapes(spec.model);
  const momentum = hasMomentum(spec) ? shapes.map(({ name, shape }) => ({ name: MOMENTUM_PREFIX + name, shape })) : [];
  return [...shapes, ...momentum];
}

/** The file's bytes. @param tensors the state's */
export function encodePart({ tensors, header, sizeBytes }: CheckpointPart, state: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(header);
  let at = header.length;
  for (const piece of tensors) {
    const values = bytesOf(valuesOf(state, piece));
    bytes.set(values, at);
    at += values.length;
  }
  return bytes;
}

/**
 * Copies a part's values into the state's tensors. Whether they are right is the state root's business.
 * @throws ProtocolError when the bytes are not those of this part
 */
export function decodePart(part: CheckpointPart, bytes: Uint8Array, state: readonly Float32Array[]): void {
  if (bytes.length !== part.sizeBytes) {
    throw new ProtocolError(`Checkpoint part has ${bytes.length} bytes instead of ${part.sizeBytes}`);
  }
  const wrong = part.header.findIndex((byte, i) => bytes[i] !== byte);
  if (wrong >= 0) throw new ProtocolError(`Checkpoint part has another header than its run gives it, at byte ${wrong}`);
  let at = part.header.length;
  for (const piece of part.tensors) {
    const values = bytesOf(valuesOf(state, piece));
    values.set(bytes.subarray(at, at + values.length));
    at += values.length;
  }
}

function partOf(tensors: readonly PartTensor[]): CheckpointPart {
  const places = tensors.map(({ name, shape, count }) => ({ name, shape, sizeBytes: 4 * count }));
  const header = safetensorsHeader('F32', places);
  return { tensors, header, sizeBytes: places.reduce((sum, { sizeBytes }) => sum + sizeBytes, header.length) };
}

function piecesOf(
  tensor: number,
  { name, shape }: Pick<ParameterShape, 'name' | 'shape'>,
  partBytes: number,
): readonly PartTensor[] {
  const count = elementCount(shape);
  if (4 * count <= partBytes) return [{ name, shape, tensor, first: 0, count }];
  const [rows = 1, ...row] = shape;
  const rowSize = elementCount(row);
  const step = Math.max(1, Math.floor(partBytes / (4 * rowSize)));
  return Array.from({ length: Math.ceil(rows / step) }, (_, i): PartTensor => {
    const [from, to] = [i * step, Math.min(rows, (i + 1) * step)];
    const piece = { name: `${name}[${from}:${to}]`, shape: [to - from, ...row] };
    return { ...piece, tensor, first: from * rowSize, count: (to - from) * rowSize };
  });
}

function valuesOf(state: readonly Float32Array[], { tensor, first, count }: PartTensor): Float32Array {
  const values = state[tensor]?.subarray(first, first + count);
  if (values?.length !== count) throw new RangeError(`Tensor ${tensor} has not the values that it should have`);
  return values;
}
