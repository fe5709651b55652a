import { type ErrorCode, MillraceError, errorMessage } from '#protocol/errors.ts';
import { type AskOptions, BlobAsker } from './blob-asker.ts';
import { Bell } from './bell.ts';

/** What one source answered instead of the blob. BLOB_MISMATCH: it sent bytes of another blob. */
export interface SourceFailure {
  readonly address: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Finds more addresses of those who may have the blob; ends in bounded time and never throws. */
export type FindMore = (signal: AbortSignal) => AsyncIterable<string>;

export interface BlobSourcesOptions extends AskOptions {
  readonly onFailure?: ((failure: SourceFailure) => void) | undefined;
  readonly findMore?: FindMore | undefined;
}

/** Those who may have a blob: asked in order, each until it fails. When nobody is left, more are looked for, once. */
export class BlobSources {
  /** Rings when a source has answered or failed. */
  readonly bell = new Bell();
  readonly failures: SourceFailure[] = [];
  readonly #options: BlobSourcesOptions;
  #queue: string[];
  /** All who were ever in the queue. */
  readonly #known: Set<string>;
  #search: 'due' | 'running' | 'over';
  /** Not asked further for now: they have it in another size. */
  #otherSizes: string[] = [];
  readonly #opening = new Set<Promise<void>>();
  #ready: BlobAsker[] = [];
  #fault: Error | null = null;

  constructor(addresses: readonly string[], options: BlobSourcesOptions) {
    this.#known = new Set(addresses);
    this.#queue = [...this.#known];
    this.#options = options;
    this.#search = options.findMore === undefined ? 'over' : 'due';
  }

  /** Sources that are being asked whether they have it. */
  get openingCount(): number {
    return this.#opening.size;
  }

  /** Nobody is left whom `openNext` could ask, or could look for. */
  get hasNoMore(): boolean {
    return this.#queue.length === 0 && this.#search !== 'due';
  }

  /** Those who are known have all been asked; `openNext` would look for others. */
  get wouldSearch(): boolean {
    return this.#queue.length === 0 && this.#search === 'due';
  }

  get isExhausted(): boolean {
    const isOver = this.#queue.length === 0 && this.#search === 'over';
    return isOver && this.#opening.size === 0 && this.#ready.length === 0;
  }

  /** Begins to ask the next one, if there is one, or else to look for more. */
  openNext(): void {
    const address = this.#queue.shift();
    if (address === undefined) {
      if (this.#search === 'due') void this.#lookForMore();
      return;
    }
    const opening = this.#open(address).finally(() => {
      this.#opening.delete(opening);
      this.bell.ring();
    });
    this.#opening.add(opening);
  }

  /** One that has the blob, of that size if one is named; null when none has said so yet. @throws what is no source's fault */
  takeReady(sizeBytes: number | null): BlobAsker | null {
    if (this.#fault !== null) throw this.#fault;
    for (let asker = this.#ready.shift(); asker !== undefined; asker = this.#ready.shift()) {
      if (sizeBytes === null || asker.sizeBytes === sizeBytes) return asker;
      asker.end();
      this.setAside(asker.address);
    }
    return null;
  }

  /** The next one's address, for a caller that opens it itself. */
  takeNext(): string | null {
    return this.#queue.shift() ?? null;
  }

  open(address: string): Promise<BlobAsker> {
    return BlobAsker.open(this.#options, address);
  }

  /** Asks it once more, after the others. */
  again(address: string): void {
    this.#queue.push(address);
  }

  /** It has the blob in another size than the one that is tried. */
  setAside(address: string): void {
    this.#otherSizes.push(address);
  }

  /** Nobody has the blob in the size that was tried: those who said another are asked again. */
  tryOtherSizes(): void {
    this.#queue.push(...this.#otherSizes);
    this.#otherSizes = [];
  }

  /** Notes that a source has failed. @throws the error itself when it is none of a source's making */
  fail(address: string, error: unknown): void {
    if (!(error instanceof MillraceError)) throw error;
    const failure = { address, code: error.code, message: errorMessage(error) };
    this.failures.push(failure);
    this.#options.onFailure?.(failure);
  }

  /** Ends what is still open. */
  async close(): Promise<void> {
    await Promise.all(this.#opening);
    for (const asker of this.#ready) asker.end();
    this.#ready = [];
  }

  async #lookForMore(): Promise<void> {
    const { findMore, signal, peer } = this.#options;
    this.#search = 'running';
    try {
      for await (const address of findMore?.(signal) ?? []) {
        if (this.#known.has(address) || address.endsWith(`/p2p/${peer.peerId}`)) continue;
        this.#known.add(address);
        this.#queue.push(address);
        this.bell.ring();
      }
    } catch (fault) {
      this.#fault = fault instanceof Error ? fault : new Error(String(fault));
    } finally {
      this.#search = 'over';
      this.bell.ring();
    }
  }

  async #open(address: string): Promise<void> {
    try {
      this.#ready.push(await this.open(address));
    } catch (error) {
      if (this.#options.signal.aborted) return;
      try {
        this.fail(address, error);
      } catch (fault) {
        this.#fault = fault instanceof Error ? fault : new Error(String(fault));
      }
    }
  }
}
