import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { MillraceError, ProtocolError } from '#protocol/errors.ts';

/** Unread bytes at which the sender is told to wait, and at which it may go on. */
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;

export interface PeerStreamOptions {
  readonly remotePeerId: string;
  readonly remoteAddress: string;
  readonly stallTimeoutMs: number;
  readonly closeGraceMs: number;
}

/**
 * One stream to or from a peer: bytes in, bytes out, back-pressure both ways, and no wait without an end. Every wait ends with
 * TIMEOUT when nothing moves for `stallTimeoutMs`, and with PEER_UNREACHABLE when the other side resets or vanishes.
 */
export class PeerStream {
  readonly remotePeerId: string;
  readonly remoteAddress: string;
  /** Settles when the stream is gone on both ends. */
  readonly closed: Promise<void>;

  readonly #stream: Stream;
  readonly #stallTimeoutMs: number;
  readonly #closeGraceMs: number;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #resuming = false;
  #ended = false;
  #failure: Error | null = null;
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;

  constructor(stream: Stream, options: PeerStreamOptions) {
    this.remotePeerId = options.remotePeerId;
    this.remoteAddress = options.remoteAddress;
    this.#stallTimeoutMs = options.stallTimeoutMs;
    this.#closeGraceMs = options.closeGraceMs;
    this.#stream = stream;
    this.#ended = stream.readableEnded;
    const { status } = stream;
    if (status === 'reset' || status === 'aborted') this.#failure = gone(new Error(`Stream ${status}`));
    stream.addEventListener('message', this.#onMessage);
    stream.addEventListener('end', this.#onEnd);
    stream.addEventListener('drain', this.#onDrain);
    this.closed = new Promise((resolve) => {
      if (stream.timeline.close !== undefined) resolve();
      stream.addEventListener('close', (event) => {
        this.#onClose(event);
        resolve();
      });
    });
  }

  /** Some bytes, at most `maxBytes`, or null when the other side has closed its end. */
  async readSome(maxBytes: number): Promise<Uint8Array | null> {
    let first = this.#queue[0];
    while (first === undefined) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return null;
      await this.#progress();
      first = this.#queue[0];
    }
    if (first.length <= maxBytes) this.#queue.shift();
    else this.#queue[0] = first.subarray(maxBytes);
    const piece = first.subarray(0, maxBytes);
    this.#queuedBytes -= piece.length;
    if (this.#queuedBytes <= LOW_WATER_BYTES) this.#resume();
    return piece;
  }

  /** Exactly `byteCount` bytes, which the caller has checked against a limit. @throws ProtocolError when the stream ends before */
  async readExactly(byteCount: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(byteCount);
    await this.fill(bytes);
    return bytes;
  }

  /** Reads until `bytes` is full. @throws ProtocolError when the stream ends before */
  async fill(bytes: Uint8Array): Promise<void> {
    let filled = 0;
    while (filled < bytes.length) {
      const piece = await this.readSome(bytes.length - filled);
      if (piece === null) throw new StreamEnded(filled, bytes.length);
      bytes.set(piece, filled);
      filled += piece.length;
    }
  }

  /** Resolves when the stream can take more. The bytes must not be changed afterwards. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    try {
      this.#stream.send(bytes);
    } catch (cause) {
      throw this.#reasonFor(cause);
    }
    if (this.#stream.writableNeedsDrain) await this.#orStall(this.#drained(), 'the peer takes no bytes');
  }

  /** Closes our end: what was written still goes out, and the other side may go on sending. */
  async end(): Promise<void> {
    await this.#orStall(this.#stream.close(), 'the peer takes no bytes');
  }

  /** Drops the stream at once; pending waits throw `reason`. */
  abort(reason: Error): void {
    this.#failure ??= reason;
    this.#stream.abort(reason);
    this.#wakeAll();
  }

  /**
   * Ends the use of the stream: closes our end and gives the other side a moment to close too, else drops it, so that nobody can
   * keep streams here by never closing. What still comes in is thrown away.
   */
  release(): void {
    this.#stream.removeEventListener('message', this.#onMessage);
    this.#stream.addEventListener('message', ignore);
    this.#queue = [];
    this.#queuedBytes = 0;
    if (this.#stream.timeline.close !== undefined) return;
    this.#resume();
    const timer = setTimeout(() => this.#stream.abort(new Error('The peer did not close its end')), this.#closeGraceMs);
    void this.closed.then(() => clearTimeout(timer));
    this.#stream.close().catch((cause: unknown) => this.#stream.abort(gone(cause)));
  }

  readonly #onMessage = ({ data }: StreamMessageEvent): void => {
    for (const part of data instanceof Uint8Array ? [data] : data) {
      if (part.length > 0) this.#queue.push(part);
    }
    this.#queuedBytes += data.byteLength;
    this.#pauseWhenFull();
    this.#wakeReader?.();
  };

  #pauseWhenFull(): void {
    if (this.#resuming || this.#queuedBytes < HIGH_WATER_BYTES) return;
    if (this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  /** resume() delivers what is buffered before it reopens the window; a pause() in between would be undone by that. */
  #resume(): void {
    if (this.#stream.readStatus !== 'paused') return;
    this.#resuming = true;
    this.#stream.resume();
    this.#resuming = false;
    this.#pauseWhenFull();
  }

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wakeReader?.();
  };

  readonly #onDrain = (): void => {
    this.#wakeWriter?.();
  };

  #onClose({ error }: StreamCloseEvent): void {
    if (error !== undefined) this.#failure ??= gone(error);
    this.#wakeAll();
  }

  /** Why the stream is gone: what happened first says more than what libp2p throws afterwards. */
  #reasonFor(cause: unknown): Error {
    return this.#failure ?? gone(cause);
  }

  #wakeAll(): void {
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  #progress(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wakeReader = resolve;
    });
    return this.#orStall(woken, 'the peer sends no bytes');
  }

  /**
   * Not stream.onDrain(): after the first drain its promise stays resolved, and everything would pile up in memory. And not one
   * 'drain' event: the connection sends one to all its streams, also to those whose own window is still shut.
   */
  async #drained(): Promise<void> {
    while (this.#stream.writableNeedsDrain) {
      if (this.#failure !== null || this.#stream.timeline.close !== undefined) throw this.#reasonFor(null);
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  async #orStall(wait: Promise<void>, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const stalled = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const failure = new MillraceError('TIMEOUT', `Stalled: ${what} for ${this.#stallTimeoutMs} ms`);
        this.abort(failure);
        reject(failure);
      }, this.#stallTimeoutMs);
    });
    try {
      await Promise.race([wait, stalled]);
    } catch (cause) {
      throw this.#reasonFor(cause);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The other side has closed its end before everything had come that was due. */
export class StreamEnded extends ProtocolError {
  constructor(receivedBytes: number, dueBytes: number) {
    super(`The stream ended after ${receivedBytes} of ${dueBytes} bytes`);
    this.name = 'StreamEnded';
  }
}

const ignore = (): void => undefined;

const gone = (cause: unknown): MillraceError =>
  new MillraceError('PEER_UNREACHABLE', 'The peer dropped the stream midway', { cause });
