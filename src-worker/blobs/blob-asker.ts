import { assertNever } from '#protocol/assert-never.ts';
import { MillraceError, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import {
  BLOB_PROTOCOL,
  MAX_BLOB_MESSAGE_BYTES,
  PIECE_HASH_BYTES,
  decodeBlobResponse,
  encodeBlobAsk,
  encodeBlobRequest,
  pieceCount,
} from '#protocol/peer/blob-protocol.ts';
import { withDeadline } from '#protocol/deadline.ts';
import { readFrame, writeFrame } from '../peer/frames.ts';
import type { Peer } from '../peer/peer.ts';
import { type PeerStream, StreamEnded } from '../peer/peer-stream.ts';

export interface AskOptions {
  readonly peer: Peer;
  readonly hash: BlobHash;
  readonly maxBytes: number;
  /** For each answer: what is asked for must have arrived by then. */
  readonly timeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The blob at one source, over one stream. It must be ended or dropped. */
export class BlobAsker {
  readonly address: string;
  readonly sizeBytes: number;
  readonly #stream: PeerStream;
  readonly #options: AskOptions;

  private constructor(stream: PeerStream, options: AskOptions, address: string, sizeBytes: number) {
    this.#stream = stream;
    this.#options = options;
    this.address = address;
    this.sizeBytes = sizeBytes;
  }

  /** @throws MillraceError BLOB_MISSING when the source does not have it; ProtocolError when it is too large; as Peer.open */
  static async open(options: AskOptions, address: string): Promise<BlobAsker> {
    const { peer, hash, maxBytes, stallTimeoutMs, signal } = options;
    const stream = await peer.open(BLOB_PROTOCOL, address, { signal, stallTimeoutMs });
    try {
      const sizeBytes = await within(stream, options, address, async () => {
        await writeFrame(stream, encodeBlobRequest({ hash, maxBytes }));
        return announcedSize(await readFrame(stream, MAX_BLOB_MESSAGE_BYTES), maxBytes);
      });
      return new BlobAsker(stream, options, address, sizeBytes);
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /** Asks for a part; the answers come in the order in which they were asked for. */
  async ask(range: { readonly offset: number; readonly sizeBytes: number }): Promise<void> {
    await writeFrame(this.#stream, encodeBlobAsk({ kind: 'range', ...range }));
  }

  /** Takes the next answer. @throws MillraceError PEER_UNREACHABLE, also when the stream ends before; TIMEOUT, ABORTED */
  async answer(into: Uint8Array): Promise<void> {
    try {
      await within(this.#stream, this.#options, this.address, () => this.#stream.fill(into));
    } catch (cause) {
      // A process that ends may close its streams as if all were said.
      if (!(cause instanceof StreamEnded)) throw cause;
      throw new MillraceError('PEER_UNREACHABLE', cause.message, { cause });
    }
  }

  /** What the source says are the SHA-256 of its pieces. */
  async hashes(): Promise<readonly Uint8Array[]> {
    await writeFrame(this.#stream, encodeBlobAsk({ kind: 'hashes' }));
    const bytes = new Uint8Array(pieceCount(this.sizeBytes) * PIECE_HASH_BYTES);
    await this.answer(bytes);
    return Array.from({ length: pieceCount(this.sizeBytes) }, (_, piece) =>
      bytes.subarray(piece * PIECE_HASH_BYTES, (piece + 1) * PIECE_HASH_BYTES),
    );
  }

  /** Ends the exchange when every answer has come. */
  end(): void {
    this.#stream.release();
  }

  drop(reason: unknown): void {
    this.#stream.abort(reason instanceof Error ? reason : new Error(String(reason)));
  }
}

function within<T>(stream: PeerStream, options: AskOptions, address: string, work: () => Promise<T>): Promise<T> {
  const { hash, timeoutMs, signal } = options;
  return withDeadline({ what: `Blob ${hash} from ${address}`, timeoutMs, signal }, (deadline) => {
    deadline.addEventListener('abort', () => stream.abort(deadline.reason as Error), { once: true });
    return work();
  });
}

function announcedSize(frame: Uint8Array, maxBytes: number): number {
  const response = decodeBlobResponse(frame);
  switch (response.kind) {
    case 'missing':
      throw new MillraceError('BLOB_MISSING', 'It does not have it');
    case 'too-large':
    case 'found':
      if (response.kind === 'found' && response.sizeBytes <= maxBytes) return response.sizeBytes;
      throw new ProtocolError(`It offers ${response.sizeBytes} bytes, at most ${maxBytes} allowed`);
    default:
      return assertNever(response, 'blob response');
  }
}
