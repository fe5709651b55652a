import { createHash } from 'node:crypto';
import { openRegularFile } from '../weights/regular-file.ts';

/** Enough for a disk's full speed; a stop is heard between two pieces. */
const PIECE_BYTES = 4 * 1024 * 1024;

export interface StreamOptions {
  readonly signal: AbortSignal;
  /** Sees every piece, which it must not keep, and where in the file it begins. */
  readonly onPiece?: (bytes: Uint8Array, offset: number) => void;
}

export interface FileDigest {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Reads a file from its beginning to its end, piece by piece, and hashes it. @throws ProtocolError when it is no regular file */
export async function streamFile(path: string, { signal, onPiece }: StreamOptions): Promise<FileDigest> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    const buffer = new Uint8Array(Math.min(PIECE_BYTES, Math.max(1, size)));
    const hash = createHash('sha256');
    let offset = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) return { sizeBytes: offset, sha256: hash.digest('hex') };
      const piece = buffer.subarray(0, bytesRead);
      hash.update(piece);
      onPiece?.(piece, offset);
      offset += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
