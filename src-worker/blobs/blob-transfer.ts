import { MillraceError, errorCode } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES } from '#protocol/peer/blob-protocol.ts';
import type { FairRate } from '../peer/fair-rate.ts';
import type { BlobAsker } from './blob-asker.ts';
import type { BlobSources } from './blob-sources.ts';
import { mendBlob } from './mend-blob.ts';
import type { PartialBlob } from './partial-blob.ts';
import { PiecePlan, TAKE_OVER_MS } from './piece-plan.ts';

export interface TransferContext {
  readonly hash: BlobHash;
  readonly sources: BlobSources;
  readonly signal: AbortSignal;
  readonly inbound: FairRate;
}

/** When nothing has arrived for so long, one more source is asked. */
export const HEDGE_MS = 2_000;
const MAX_SOURCES_AT_ONCE = 4;
/** A source is worth its connection when it can bring as many. */
const PIECES_PER_SOURCE = 4;
/**
 * Pieces asked of one source and not yet here: enough to keep a long line busy, and less than the window of a stream. A sender
 * whose window runs full cuts its frames ever smaller, and then both ends do nothing but send crumbs.
 */
const PIECES_ON_THE_WAY = 3;
/** Pieces of one source that have arrived and are not yet in the file. */
const PIECES_BEING_WRITTEN = 4;

/** Brings the pieces of one blob of a known size together, from everyone who has it in that size. */
export class BlobTransfer {
  readonly #partial: PartialBlob;
  readonly #context: TransferContext;
  /** Who gave which piece; those of an earlier fetch are missing. */
  readonly #givers = new Map<number, string>();
  readonly #pulling = new Map<BlobAsker, Promise<void>>();
  /** Of one piece each, to be used again: making and collecting them would cost as much as the transfer. */
  readonly #spare: Uint8Array[] = [];
  #plan = new PiecePlan([]);
  #progressAtMs = performance.now();
  /** What went wrong here and not at a source. */
  #fault: { readonly error: unknown } | null = null;

  constructor(partial: PartialBlob, context: TransferContext) {
    this.#partial = partial;
    this.#context = context;
  }

  /** Who gave bytes of the blob once it is whole and has the right hash; null when no source is left. @throws STORAGE, ABORTED */
  async run(first: BlobAsker): Promise<ReadonlySet<string> | null> {
    const { sources, hash } = this.#context;
    let next: BlobAsker | null = first;
    if (this.#missing().length === 0) {
      // An earlier process has fetched them all. It is asked when they turn out to be wrong, as after a loss of power.
      first.end();
      sources.again(first.address);
      next = null;
    }
    for (;;) {
      const isWhole = await this.#gather(next);
      next = null;
      if (!isWhole) return null;
      const isRight = (await this.#partial.hash()) === hash || (await this.#mend());
      if (isRight) return new Set(this.#givers.values());
      // Nobody can say which pieces are good.
      await this.#partial.clear();
      this.#givers.clear();
      if (sources.isExhausted) return null;
    }
  }

  /** Whether every piece has arrived; false when no source is left. */
  async #gather(first: BlobAsker | null): Promise<boolean> {
    const { sources, signal } = this.#context;
    this.#plan = new PiecePlan(this.#missing());
    if (first !== null) this.#start(first);
    try {
      while (this.#plan.missing > 0) {
        signal.throwIfAborted();
        if (this.#fault !== null) throw this.#fault.error;
        for (let asker = sources.takeReady(this.#partial.sizeBytes); asker !== null;) {
          this.#start(asker);
          asker = sources.takeReady(this.#partial.sizeBytes);
        }
        if (this.#pulling.size === 0 && sources.isExhausted) break;
        if (this.#pulling.size + sources.openingCount < this.#wanted()) sources.openNext();
        else await sources.bell.wait(HEDGE_MS);
      }
    } finally {
      for (const asker of this.#pulling.keys()) asker.drop(new MillraceError('ABORTED', 'Not needed any more'));
      sources.bell.ring();
      await Promise.all(this.#pulling.values());
    }
    if (this.#fault !== null) throw this.#fault.error;
    return this.#plan.missing === 0;
  }

  #missing(): readonly number[] {
    const pieces = Array.from({ length: this.#partial.pieceCount }, (_, piece) => piece);
    return pieces.filter((piece) => !this.#partial.has(piece));
  }

  /** Sources to use right now, if there are so many. */
  #wanted(): number {
    const { sources } = this.#context;
    if (sources.hasNoMore) return 0;
    const isSlow = performance.now() - this.#progressAtMs >= HEDGE_MS;
    // As long as those who are known deliver, nobody else is bothered.
    if (sources.wouldSearch && !isSlow && this.#pulling.size + sources.openingCount > 0) return 0;
    const useful = Math.ceil(this.#plan.missing / PIECES_PER_SOURCE);
    const more = isSlow ? this.#pulling.size + sources.openingCount + 1 : 1;
    if (isSlow) this.#progressAtMs = performance.now();
    return Math.min(MAX_SOURCES_AT_ONCE, Math.max(useful, more));
  }

  #start(asker: BlobAsker): void {
    const pulling = this.#pull(asker).finally(() => {
      this.#pulling.delete(asker);
      this.#plan.giveBack(asker.address);
      this.#context.sources.bell.ring();
    });
    this.#pulling.set(asker, pulling);
  }

  /** Asks one source for piece after piece. Never throws. */
  async #pull(asker: BlobAsker): Promise<void> {
    const { sources, signal } = this.#context;
    const count = { arrived: 0 };
    try {
      await this.#askAndKeep(asker, count);
      asker.end();
    } catch (error) {
      asker.drop(error);
      if (signal.aborted || this.#fault !== null || this.#plan.missing === 0) return;
      // A line that broke after it had brought something is worth another try; as each try brings something, that has an end.
      if (count.arrived > 0 && errorCode(error) === 'PEER_UNREACHABLE') sources.again(asker.address);
      else this.#blame(asker.address, error);
    }
  }

  async #askAndKeep(asker: BlobAsker, count: { arrived: number }): Promise<void> {
    const { sources, signal, inbound } = this.#context;
    const asked: number[] = [];
    // The disk works while the next pieces arrive; when it is the slower one, they wait for it.
    const writing: Promise<void>[] = [];
    try {
      while (this.#plan.missing > 0 && this.#fault === null) {
        const more = asked.length < PIECES_ON_THE_WAY ? this.#plan.take(asker.address, performance.now()) : null;
        if (more !== null) {
          asked.push(more);
          const range = this.#partial.rangeOf(more);
          await inbound.take(asker.address, range.sizeBytes, signal);
          await asker.ask(range);
          continue;
        }
        const piece = asked.shift();
        if (piece === undefined) {
          await sources.bell.wait(TAKE_OVER_MS);
          continue;
        }
        const buffer = this.#spare.pop() ?? new Uint8Array(BLOB_PIECE_BYTES);
        const bytes = buffer.subarray(0, this.#partial.rangeOf(piece).sizeBytes);
        await asker.answer(bytes);
        count.arrived += 1;
        if (!this.#plan.owes(piece)) {
          this.#spare.push(buffer);
          continue;
        }
        writing.push(this.#keep(piece, bytes, asker.address).then(() => void this.#spare.push(buffer)));
        if (writing.length >= PIECES_BEING_WRITTEN) await writing.shift();
      }
    } finally {
      await Promise.all(writing);
    }
  }

  /** Never throws. */
  async #keep(piece: number, bytes: Uint8Array, from: string): Promise<void> {
    this.#plan.arrived(piece);
    this.#progressAtMs = performance.now();
    try {
      await this.#partial.write(piece, bytes);
      this.#givers.set(piece, from);
    } catch (error) {
      this.#fault ??= { error };
    }
    if (this.#plan.missing === 0 || this.#fault !== null) this.#context.sources.bell.ring();
  }

  #blame(address: string, error: unknown): void {
    try {
      this.#context.sources.fail(address, error);
    } catch (fault) {
      this.#fault ??= { error: fault };
    }
  }

  /** All pieces are here, and some are wrong. */
  async #mend(): Promise<boolean> {
    const { hash, sources, signal } = this.#context;
    const givers = new Set(this.#givers.values());
    const [only] = givers;
    if (only !== undefined && givers.size === 1 && this.#givers.size === this.#partial.pieceCount) {
      sources.fail(only, new MillraceError('BLOB_MISMATCH', `It sent bytes of another blob, not of ${hash}`));
      return false;
    }
    return mendBlob(this.#partial, { hash, sources, signal, givers: this.#givers });
  }
}
