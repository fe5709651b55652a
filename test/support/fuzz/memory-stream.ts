import { MillraceError } from '#protocol/errors.ts';
import { type PeerStream, StreamEnded } from '#worker/peer/peer-stream.ts';

/** The other end of a stream, of whom only what it has sent is known: gives these bytes, then the end. Counts what it gets. */
export class MemoryStream {
  readonly remotePeerId = 'stranger';
  writtenBytes = 0;
  readonly #bytes: Uint8Array;
  #at = 0;
  #failure: Error | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** For code that takes a PeerStream, and uses no more of it than this has. */
  asPeerStream(): PeerStream {
    return this as unknown as PeerStream;
  }

  readSome(maxBytes: number): Promise<Uint8Array | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#at === this.#bytes.length) return Promise.resolve(null);
    const some = this.#bytes.subarray(this.#at, this.#at + maxBytes);
    this.#at += some.length;
    return Promise.resolve(some);
  }

  async readExactly(byteCount: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(byteCount);
    await this.fill(bytes);
    return bytes;
  }

  async fill(bytes: Uint8Array): Promise<void> {
    for (let filled = 0; filled < bytes.length;) {
      const some = await this.readSome(bytes.length - filled);
      if (some === null) throw new StreamEnded(filled, bytes.length);
      bytes.set(some, filled);
      filled += some.length;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.writtenBytes += bytes.length;
    return Promise.resolve();
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {
    this.#failure ??= new MillraceError('ABORTED', 'Released');
  }

  abort(reason: Error): void {
    this.#failure ??= reason;
  }
}
