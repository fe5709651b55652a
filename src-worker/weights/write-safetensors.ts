import type { FileHandle } from 'node:fs/promises';
import { bytesOf } from '#protocol/bytes.ts';
import { safetensorsHeader } from '#protocol/checkpoint/safetensors-header.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { elementCount } from '#protocol/model-shape.ts';
import { float32ToBfloat16 } from './half-floats.ts';
import { replaceFile } from './replace-file.ts';

/** So many values are turned into bytes at once. */
const PIECE_ELEMENTS = 4 * 1024 * 1024;
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** Asked for when its turn comes, so that not all tensors need be in memory. */
  readonly values: () => Float32Array | Promise<Float32Array>;
}

export interface WriteOptions {
  readonly type: 'F32' | 'BF16';
  readonly signal?: AbortSignal;
}

/**
 * Writes a safetensors file, tensor by tensor, in the given order. The file appears under its name only when it is whole.
 * @throws ProtocolError that names a tensor with the wrong number of values; what the file system throws
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  { type, signal }: WriteOptions,
): Promise<void> {
  const bytesEach = type === 'F32' ? 4 : 2;
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw new ProtocolError(`Tensor ${name} is given twice`);
    names.add(name);
  }
  const places = tensors.map(({ name, shape }) => ({ name, shape, sizeBytes: bytesEach * elementCount(shape) }));
  await replaceFile(path, async (handle) => {
    await handle.writeFile(safetensorsHeader(type, places));
    for (const { name, shape, values } of tensors) {
      signal?.throwIfAborted();
      const given = await values();
      if (given.length !== elementCount(shape)) {
        throw new ProtocolError(`Tensor ${name} has ${given.length} values instead of ${elementCount(shape)}`);
      }
      await writeValues(handle, given, type, signal);
    }
  });
}

async function writeValues(
  handle: FileHandle,
  values: Float32Array,
  type: WriteOptions['type'],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let at = 0; at < values.length; at += PIECE_ELEMENTS) {
    signal?.throwIfAborted();
    const piece = values.subarray(at, at + PIECE_ELEMENTS);
    if (type === 'F32') {
      await handle.writeFile(bytesOf(piece));
    } else {
      const halves = new Uint16Array(piece.length);
      float32ToBfloat16(piece, halves);
      await handle.writeFile(bytesOf(halves));
    }
  }
}
