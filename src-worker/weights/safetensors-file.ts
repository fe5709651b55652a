import type { FileHandle } from 'node:fs/promises';
import { ProtocolError } from '#protocol/errors.ts';
import { elementBytes, isWeightElement, landing, settle } from './element-types.ts';
import { openRegularFile, readBytes } from './regular-file.ts';
import { MAX_HEADER_BYTES, parseHeader, type TensorEntry } from './safetensors-header.ts';

/** So much is read at once: enough for a disk's full speed, and an abort is heard between two pieces. */
const PIECE_ELEMENTS = 4 * 1024 * 1024;
const LENGTH_BYTES = 8;

interface ReadOptions {
  /** Reads from this element of the tensor, counted along its rows. */
  readonly first?: number;
  /** Reads so many elements; all that follow when absent. */
  readonly count?: number;
  readonly signal?: AbortSignal;
}

/** Tensors on disk, read one at a time: a checkpoint may be far larger than the memory. */
export interface TensorSource {
  readonly tensors: ReadonlyMap<string, Pick<TensorEntry, 'name' | 'type' | 'shape' | 'elements'>>;
  /** The values of an F32, F16 or BF16 tensor. @throws ProtocolError that names the tensor and the file */
  readonly read: (name: string, options?: ReadOptions) => Promise<Float32Array>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a safetensors file of unknown origin and checks its header against its size.
 * @throws ProtocolError that names the file, and the tensor that is wrong; what the file system throws
 */
export async function openSafetensors(path: string): Promise<TensorSource> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    if (size < LENGTH_BYTES) throw new ProtocolError(`${path} has ${size} bytes, too few for a safetensors file`);
    const start = new DataView((await readBytes(handle, new Uint8Array(LENGTH_BYTES), 0, path)).buffer);
    const headerBytes = start.getBigUint64(0, true);
    const room = size - LENGTH_BYTES;
    if (headerBytes > room) {
      throw new ProtocolError(`The header of ${path} claims ${headerBytes} bytes; there is room for ${room}`);
    }
    if (headerBytes > MAX_HEADER_BYTES) {
      throw new ProtocolError(`The header of ${path} has ${headerBytes} bytes, more than ${MAX_HEADER_BYTES}`);
    }
    const header = await readBytes(handle, new Uint8Array(Number(headerBytes)), LENGTH_BYTES, path);
    const dataStart = LENGTH_BYTES + header.length;
    const entries = parseHeader(header, size - dataStart, path);
    return new SafetensorsFile(handle, path, dataStart, entries);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class SafetensorsFile implements TensorSource {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #dataStart: number;

  constructor(handle: FileHandle, path: string, dataStart: number, entries: readonly TensorEntry[]) {
    this.#handle = handle;
    this.#path = path;
    this.#dataStart = dataStart;
    this.tensors = new Map(entries.map((entry) => [entry.name, entry]));
  }

  async read(name: string, options: ReadOptions = {}): Promise<Float32Array> {
    const entry = this.tensors.get(name);
    if (entry === undefined) throw new ProtocolError(`${this.#path} holds no tensor ${name}`);
    const { type, elements, begin } = entry;
    const what = `tensor ${name} in ${this.#path}`;
    if (!isWeightElement(type)) throw new ProtocolError(`The ${what} is of type ${type}; F32, F16 and BF16 are read`);
    const { first = 0, count = elements - first, signal } = options;
    if (first < 0 || count < 0 || first + count > elements) {
      throw new ProtocolError(`Elements ${first} to ${first + count} of ${what}, which has ${elements}`);
    }
    const values = allocate(count, what);
    for (let at = 0; at < count; at += PIECE_ELEMENTS) {
      signal?.throwIfAborted();
      const target = values.subarray(at, at + PIECE_ELEMENTS);
      const place = this.#dataStart + begin + (first + at) * (elementBytes(type) ?? 0);
      settle(type, await readBytes(this.#handle, landing(type, target), place, what), target);
    }
    return values;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function allocate(count: number, what: string): Float32Array {
  try {
    return new Float32Array(count);
  } catch (cause) {
    throw new ProtocolError(`The ${what} has ${count} values, more than one array holds here`, { cause });
  }
}
