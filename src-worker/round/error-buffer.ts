import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bytesOf } from '#protocol/bytes.ts';
import { errorCode, errorMessage, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, RunId } from '#protocol/ids.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import { asStorageError, onDisk } from '../blobs/storage-error.ts';
import type { Run } from '../run/open-run.ts';
import { sharedFloats } from '../update/shared-memory.ts';
import { replaceFile, syncFolder } from '../weights/replace-file.ts';
import {
  type BufferRound,
  decodeBufferHeader,
  encodeBufferHeader,
  HEADER_BYTES,
  MERGED,
  VERDICT_AT,
} from './error-buffer-header.ts';

/**
 * What error feedback has not sent yet, kept over restarts; in shared memory, where threads change it. The file (docs/FORMATS.md)
 * names the round that it belongs to and the update that was taken out of it, and is replaced in one rename: at whatever instant
 * the process ends, it holds the buffer before the round or the one after it, and says which.
 */
export interface ErrorBuffer extends BufferRound {
  readonly errors: readonly Float32Array[];
  /** Why a file that is there could not be used, in words; then the buffer is zeros. */
  readonly lost: string | null;
}

/** Zeros when there is no file, and when it cannot be used: that costs what was not sent yet, and no correctness. */
export async function loadErrorBuffer(path: string, run: Run): Promise<ErrorBuffer> {
  const errors = parameterShapes(run.spec.model).map(({ shape }) => sharedFloats(elementCount(shape)));
  const none = { errors, round: null, sent: null };
  try {
    return { errors, lost: null, ...(await readInto(path, run.id, errors)) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { ...none, lost: null };
    for (const values of errors) values.fill(0);
    const reason = errorMessage(asStorageError(path, error));
    return {
      ...none,
      lost: `The error buffer ${path} is not used, and what it held of earlier rounds is lost: ${reason}`,
    };
  }
}

/** On disk for good when this resolves. A failure leaves the file before, or this one. @throws MillraceError STORAGE */
export async function saveErrorBuffer(
  path: string,
  run: RunId,
  errors: readonly Float32Array[],
  { round, sent }: BufferRound,
): Promise<void> {
  const folder = dirname(path);
  const header = encodeBufferHeader({ run, valueBytes: totalBytes(errors), round, sent });
  await onDisk(folder, async () => {
    await mkdir(folder, { recursive: true });
    const write = async (handle: FileHandle): Promise<void> => {
      const digest = createHash('sha256');
      await writeAll(handle, header, digest);
      for (const values of errors) await writeAll(handle, bytesOf(values), digest);
      await writeAll(handle, digest.digest(), null);
    };
    await replaceFile(path, write, 0o600);
    await syncFolder(folder);
  });
}

/** Notes that this update was merged, if the file names it: nothing of it goes back. One byte, which is written whole or not. */
export async function markMerged(path: string, blob: BlobHash): Promise<void> {
  await onDisk(dirname(path), async () => {
    const handle = await open(path, 'r+');
    try {
      const head = new Uint8Array(HEADER_BYTES);
      await readAll(handle, head, 0, null);
      if (decodeBufferHeader(head).sent?.blob !== blob) return;
      await handle.write(Uint8Array.of(MERGED), 0, 1, VERDICT_AT);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** The file of a run's buffer, with what changes it. */
export const openErrorFile = (path: string, run: RunId) => ({
  save: (errors: readonly Float32Array[], belongsTo: BufferRound) => saveErrorBuffer(path, run, errors, belongsTo),
  markMerged: (blob: BlobHash) => markMerged(path, blob),
});

/** What is read or written at once: no copy of the buffer is made, and no file is too large. */
const PIECE_BYTES = 8 * 1024 * 1024;
const HASH_BYTES = 32;

const totalBytes = (errors: readonly Float32Array[]): number =>
  errors.reduce((sum, { byteLength }) => sum + byteLength, 0);

async function readInto(path: string, run: RunId, errors: readonly Float32Array[]): Promise<BufferRound> {
  const handle = await open(path, 'r');
  try {
    const digest = createHash('sha256');
    const head = new Uint8Array(HEADER_BYTES);
    await readAll(handle, head, 0, null);
    const header = decodeBufferHeader(head);
    if (header.run !== run) throw new ProtocolError('It is of another run');
    const valueBytes = totalBytes(errors);
    const { size } = await handle.stat();
    if (header.valueBytes !== valueBytes || size !== HEADER_BYTES + valueBytes + HASH_BYTES) {
      throw new ProtocolError(`It has ${size} bytes, which are not those of this model`);
    }
    head[VERDICT_AT] = 0;
    digest.update(head);
    let at = HEADER_BYTES;
    for (const values of errors) at = await readAll(handle, bytesOf(values), at, digest);
    const hash = Buffer.alloc(HASH_BYTES);
    await readAll(handle, hash, at, null);
    if (!digest.digest().equals(hash)) throw new ProtocolError('It is damaged');
    return { round: header.round, sent: header.merged ? null : header.sent };
  } finally {
    await handle.close();
  }
}

/** Fills `into` from byte `from` of the file. @returns the byte after the last */
async function readAll(handle: FileHandle, into: Uint8Array, from: number, digest: Hash | null): Promise<number> {
  for (let at = 0; at < into.length;) {
    const piece = into.subarray(at, at + PIECE_BYTES);
    const { bytesRead } = await handle.read(piece, 0, piece.length, from + at);
    if (bytesRead === 0) throw new ProtocolError('It is cut off');
    digest?.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return from + into.length;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, digest: Hash | null): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    const { bytesWritten } = await handle.write(piece, 0, piece.length);
    digest?.update(piece.subarray(0, bytesWritten));
    at += bytesWritten;
  }
}
