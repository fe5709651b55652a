import { type ErrorCode, MillraceError, errorMessage } from '#protocol/errors.ts';
import { type AskOptions, BlobAsker } from './blob-asker.ts';
import { Bell } from './bell.ts';

/** What one source answered instead of the blob. BLOB_MISMATCH: it sent bytes of another blob. */
export interface SourceFailure {
  readonly address: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Those who may have a blob: asked in order, each until it fails. */
export class BlobSources {
  /** Rings when a source has answered or failed. */
  readonly bell = new Bell();
  readonly failures: SourceFailure[] = [];
  readonly #options: AskOptions;
  readonly #onFailure: ((failure: SourceFailure) => void) | undefined;
  #queue: string[];
  /** Not asked further for now: they have it in another size. */
  #otherSizes: string[] = [];
  readonly #opening = new Set<Promise<void>>();
  #ready: BlobAsker[] = [];
  #fault: Error | null = null;

  constructor(addresses: readonly string[], options: AskOptions, onFailure?: (failure: SourceFailure) => void) {
    this.#queue = [...addresses];
    this.#options = options;
    this.#onFailure = onFailure;
  }

  /** Sources that are being asked whether they have it. */
  get openingCount(): number {
    return this.#opening.size;
  }

  /** Nobody is left whom `openNext` could ask. */
  get hasNoMore(): boolean {
    return this.#queue.length === 0;
  }

  get isExhausted(): boolean {
    return this.#queue.length === 0 && this.#opening.size === 0 && this.#ready.length === 0;
  }

  /** Begins to ask the next one, if there is one. */
  openNext(): void {
    const address = this.#queue.shift();
    if (address === undefined) return;
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
    this.#onFailure?.(failure);
  }

  /** Ends what is still open. */
  async close(): Promise<void> {
    await Promise.all(this.#opening);
    for (const asker of this.#ready) asker.end();
    this.#ready = [];
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
